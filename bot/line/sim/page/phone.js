// One phone: the conversation, what can be tapped, and what can be sent.

import { $, clock, el, notify, tell } from "./dom.js";
import { bodyOf, quickReplies } from "./message.js";
import { pickPhoto, pickPlace, pickSticker, pickTime } from "./picker.js";

const states = { stranger: "友だちではない", friend: "友だち", blocked: "ブロック中" };

/** Phone is the phone of one resident. */
export class Phone {
  items = new Map();
  nodes = new Map();
  menuOpen = undefined; // as the menu itself says, until somebody decides
  pc = false;
  pinned = true; // the end of the conversation is in sight

  constructor(resident, account) {
    this.user = resident.id;
    this.name = resident.name;
    this.account = account;
    this.root = $("#phone").content.cloneNode(true).firstElementChild;
    this.root.dataset.number = resident.number;
    this.find = (selector) => $(selector, this.root);
    this.label();
    this.listen();
  }

  label() {
    this.root.setAttribute("aria-label", `${this.name}のスマートフォン`);
    this.find("h2").textContent = this.name;
    this.find(".log").setAttribute("aria-label", `${this.name}と${this.account}の会話`);
    const box = this.find("textarea");
    box.id = `say-${this.root.dataset.number}`;
    this.find(".compose label").htmlFor = box.id;
    this.find(".compose label").textContent = `${this.name}のメッセージ`;
  }

  listen() {
    const on = (selector, what, f) => this.find(selector).addEventListener(what, f);
    on(".compose", "submit", (e) => { e.preventDefault(); this.say(); });
    on("textarea", "keydown", (e) => {
      if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
      e.preventDefault();
      this.say();
    });
    on(".plus", "click", () => this.openTray(this.find(".tray").hidden));
    on(".tray", "click", (e) => { if (e.target.dataset.send) this.send(e.target.dataset.send); });
    on(".follow", "click", () => this.ask("follow"));
    on(".block", "click", () => this.ask(this.is === "blocked" ? "follow" : "block"));
    on(".remove", "click", () => this.ask("remove"));
    on(".menubar", "click", () => { this.menuOpen = this.find(".richmenu").hidden; this.showMenu(); });
    on(".pc", "click", () => { this.pc = !this.pc; this.refresh(); });
    const log = this.find(".log");
    log.addEventListener("scroll", () => { this.pinned = log.scrollHeight - log.scrollTop - log.clientHeight < 80; });
    log.addEventListener("load", () => this.follow(), true); // pictures come late
    new ResizeObserver(() => this.follow()).observe(log);
  }

  /** follow keeps the end of the conversation in sight, unless it was left. */
  follow() {
    const log = this.find(".log");
    if (this.pinned) log.scrollTop = log.scrollHeight;
  }

  ask(command, body = {}) {
    return tell(`do/${command}`, { user: this.user, ...body });
  }

  /** show takes what changed of the resident. */
  show(resident) {
    Object.assign(this, { is: resident.is, quick: resident.quick, menu: resident.menu });
    for (const item of resident.items ?? []) this.put(item);
    this.wait(resident.loading);
    this.refresh();
  }

  refresh() {
    const friend = this.is === "friend";
    this.root.dataset.is = this.is;
    this.find(".state").textContent = states[this.is];
    this.find(".block").textContent = this.is === "blocked" ? "ブロック解除" : "ブロック";
    this.find(".block").hidden = this.is === "stranger";
    this.find(".invite").hidden = friend;
    this.find(".invite p").textContent = this.is === "blocked" ? "ブロックしています。" : "友だちに追加すると、お知らせやメニューが届きます。";
    this.find(".follow").textContent = this.is === "blocked" ? "ブロック解除" : "友だち追加";
    this.find(".compose").hidden = this.is === "blocked";
    if (this.is === "blocked") this.openTray(false);
    this.find(".pc").setAttribute("aria-pressed", this.pc);
    this.root.classList.toggle("is-pc", this.pc);
    this.showQuick();
    this.showMenu();
  }

  put(item) {
    const log = this.find(".log");
    const fresh = this.line(item);
    const old = this.nodes.get(item.id);
    this.items.set(item.id, item);
    this.nodes.set(item.id, fresh);
    if (old) {
      const focused = old.contains(document.activeElement);
      old.replaceWith(fresh);
      if (focused) log.focus();
      return;
    }
    log.insertBefore(fresh, this.dots ?? null);
    this.pinned ||= item.who === "resident";
    this.follow();
  }

  line(item) {
    if (item.who === "note") return el("p.note", {}, item.note);
    if (item.unsent) return el("p.note", {}, "メッセージの送信を取り消しました");
    const own = item.who === "resident";
    const body = bodyOf(item, (action) => this.act(action));
    const side = el("div.side", {}, own && item.read ? el("span", {}, "既読") : null, own && item.failed ? el("span.failed", {}, "届かず") : null, el("time", {}, clock(item.at)));
    if (own) side.prepend(el("button.unsend", { type: "button", onclick: () => this.ask("unsend", { messageId: item.id }) }, "取り消す"));
    return el(`div.item.${own ? "own" : "theirs"}.of-${item.message.type}`, { "data-id": item.id },
      el("span.unseen", {}, own ? this.name : this.account), own ? null : el("span.face", { "aria-hidden": "true" }), body, side);
  }

  /** wait shows the three dots for so many ms. */
  wait(ms) {
    clearTimeout(this.waiting);
    if (!ms) {
      this.dots?.remove();
      this.dots = undefined;
      return;
    }
    if (!this.dots) {
      this.dots = el("div.item.theirs.dots", {}, el("span.face", { "aria-hidden": "true" }), el("p.text", { role: "img", "aria-label": "返事を用意しています" }, el("i"), el("i"), el("i")));
      this.find(".log").append(this.dots);
      this.follow();
    }
    this.waiting = setTimeout(() => this.wait(0), ms);
  }

  showQuick() {
    const bar = this.find(".quick");
    const message = this.items.get(this.quick)?.message;
    const shown = message && !this.pc ? this.quick : "";
    bar.hidden = !shown;
    if (bar.dataset.of === shown) return;
    bar.dataset.of = shown;
    bar.replaceChildren(...(shown ? quickReplies(message, (action) => this.act(action)) : []));
    bar.scrollLeft = 0;
  }

  showMenu() {
    const menu = this.pc || !this.menu?.hasImage ? undefined : this.menu;
    const open = menu ? this.menuOpen ?? menu.selected : false;
    const bar = this.find(".menubar"), area = this.find(".richmenu");
    bar.hidden = !menu;
    bar.textContent = menu?.chatBarText ?? "";
    bar.setAttribute("aria-expanded", open);
    area.hidden = !open;
    if (area.dataset.of === (menu?.richMenuId ?? "")) return;
    const focused = area.contains(document.activeElement) ? [...area.querySelectorAll("button")].indexOf(document.activeElement) : -1;
    area.dataset.of = menu?.richMenuId ?? "";
    area.replaceChildren(...(menu ? menuOf(menu, (action) => this.act(action)) : []));
    if (focused >= 0) area.querySelectorAll("button")[focused]?.focus();
  }

  openTray(yes) {
    this.find(".tray").hidden = !yes;
    this.find(".plus").setAttribute("aria-expanded", yes);
  }

  say() {
    const box = this.find("textarea"), text = box.value.trim();
    if (!text) return;
    box.value = "";
    this.ask("say", { text });
  }

  async send(what) {
    this.openTray(false);
    this.find(".plus").focus();
    if (what === "voice") {
      this.ask("voice");
    } else if (what === "file") {
      this.upload("file", new Blob(["試験用のファイルです。\n"], { type: "text/plain" }));
    } else if (what === "photo") {
      const picture = await pickPhoto();
      if (picture) this.upload("photo", picture);
    } else if (what === "where") {
      const place = await pickPlace();
      if (place) this.ask("place", place);
    } else if (what === "sticker") {
      const sticker = await pickSticker();
      if (sticker) this.ask("sticker", sticker);
    }
  }

  upload(kind, blob) {
    tell(`send/${kind}`, blob, { "X-Resident": this.user, "Content-Type": blob.type });
  }

  /** act does what a button does. */
  async act(action) {
    switch (action.type) {
      case "uri":
        return this.visit(action.uri);
      case "clipboard":
        await navigator.clipboard?.writeText(action.clipboardText).then(() => notify("コピーしました"), () => notify("コピーできませんでした"));
        return undefined;
      case "camera":
      case "cameraRoll":
        return this.send("photo");
      case "location":
        return this.send("where");
      case "datetimepicker": {
        const value = await pickTime(action);
        return value && this.ask("act", { action, value });
      }
      default:
        this.prepare(action);
        return this.ask("act", { action });
    }
  }

  visit(uri) {
    if (/^https?:/.test(uri)) window.open(uri, "_blank", "noopener");
    else notify(`スマートフォンなら、${uri} を開きます`);
  }

  /** prepare opens or closes the menu or the keyboard, as a postback may ask. */
  prepare(action) {
    const option = action.inputOption;
    if (!option) return;
    this.menuOpen = option === "openRichMenu";
    this.showMenu();
    if (option !== "openKeyboard") return;
    const box = this.find("textarea");
    if (action.fillInText) box.value = action.fillInText;
    box.focus();
  }
}

/** menuOf draws a rich menu: its picture, and a button over each area. */
function menuOf(menu, act) {
  const percent = (part, whole) => `${(100 * part) / whole}%`;
  const picture = el("img", { src: `menu/${menu.richMenuId}`, alt: "", width: menu.size.width, height: menu.size.height });
  return [picture, ...menu.areas.map(({ bounds, action }, i) => {
    const button = el("button", { type: "button", "aria-label": action.label || action.text || action.displayText || `メニューの${i + 1}`, onclick: () => act(action) });
    Object.assign(button.style, {
      left: percent(bounds.x, menu.size.width), top: percent(bounds.y, menu.size.height),
      width: percent(bounds.width, menu.size.width), height: percent(bounds.height, menu.size.height),
    });
    return button;
  })];
}
