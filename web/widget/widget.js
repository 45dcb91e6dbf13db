"use strict";

// Every word of the widget itself. What the counter says comes from the server.
const words = {
  title: (ward) => `${ward} 窓口`,
  open: "窓口に質問する",
  close: "閉じる",
  log: "会話",
  resident: "あなた",
  counter: "窓口",
  question: "質問を入力",
  hint: "お名前・住所・電話番号などは入力しないでください。",
  send: "送信",
  waiting: "回答を探しています",
  choices: "選択肢",
  source: "区のページ",
  newTab: "（新しいタブで開きます）",
  updated: "更新日",
  section: "担当",
  phone: "電話",
  failed: "送信できませんでした。通信の状態を確かめて、もう一度お試しください。",
  retry: "もう一度送る",
};

const patience = 20_000; // ms until an answer is given up
const calm = 400; // ms of waiting before saying so
const host = "madoguchi-widget";

// start puts the widget on the page. config is what the server says of itself.
function start(config, css) {
  const script = document.currentScript ?? document.querySelector('script[src*="widget.js"]');
  const server = new URL(".", script.src);
  const title = script.dataset.title || words.title(config.name);
  const put = () => {
    if (document.querySelector(host)) return; // the tag stands on the page twice
    const place = document.getElementById(script.dataset.mount);
    const at = document.createElement(host);
    const root = at.attachShadow({ mode: "open" });
    adopt(root, css);
    const chat = conversation(config, (message) => ask(server, message));
    if (place) {
      at.toggleAttribute("data-mounted", true);
      root.append(frame(title, chat.box));
      place.replaceChildren(at);
    } else {
      at.toggleAttribute("data-left", script.dataset.position === "left");
      root.append(frame(title, ...panel(title, chat)));
      document.body.append(at);
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", put);
  else put();
}

// adopt styles the root in the way that a strict content security policy
// allows. Browsers too old for it get a style element.
function adopt(root, css) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(make("style", {}, css));
  }
}

// make builds an element. Children are elements or text; text stays text.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child));
  return element;
}

// icon draws the path in a square of 24.
function icon(path) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const line = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

const icons = {
  bubble: "M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM8 9.5h8M8 12.8h5",
  cross: "M6 6l12 12M18 6L6 18",
  arrow: "M12 19V6M6 11.5L12 5.5l6 6",
};

const unseen = (text) => make("span", { class: "unseen" }, text);

const frame = (title, ...children) => make("section", { class: "frame", lang: "ja", "aria-label": title }, ...children);

// panel gives the button that opens the conversation and the dialog it is in.
function panel(title, chat) {
  const close = make("button", { class: "close", type: "button", "aria-label": words.close, onclick: () => dialog.close() }, icon(icons.cross));
  const dialog = make("dialog", { class: "panel", "aria-labelledby": "title" },
    make("header", {}, icon(icons.bubble), make("h2", { id: "title", tabindex: "-1" }, title), close), chat.box);
  const launcher = make("button", { class: "launcher", type: "button", "aria-haspopup": "dialog", "aria-expanded": "false", onclick: open },
    icon(icons.bubble), make("span", {}, words.open));

  function open() {
    // On a small screen the panel is all there is to see, so all there is to reach.
    if (matchMedia("(max-width: 30rem), (max-height: 30rem)").matches) dialog.showModal();
    else dialog.show();
    launcher.hidden = true;
    launcher.setAttribute("aria-expanded", "true");
    // A finger would get the keyboard over half of the greeting.
    if (matchMedia("(pointer: coarse)").matches) dialog.querySelector("h2").focus();
    else chat.focus();
  }
  dialog.addEventListener("close", () => {
    launcher.hidden = false;
    launcher.setAttribute("aria-expanded", "false");
    launcher.focus();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || composing(event)) return;
    event.preventDefault();
    event.stopPropagation();
    dialog.close();
  });
  return [launcher, dialog];
}

// composing says that the key belongs to the input of kana and kanji. Safari
// ends the composition before it tells of the Enter that ended it, hence 229.
const composing = (event) => event.isComposing || event.keyCode === 229;

// conversation is the log, the field below it and what happens between them.
function conversation(config, ask) {
  const log = make("div", { class: "log", role: "log", tabindex: "0", "aria-label": words.log });
  const status = make("p", { class: "status", role: "status" });
  const field = make("textarea", { id: "question", rows: "1", "aria-describedby": "hint", autocomplete: "off", enterkeyhint: "send" });
  const send = make("button", { class: "send", type: "submit", "aria-label": words.send }, icon(icons.arrow));
  const form = make("form", { class: "ask" },
    make("label", { for: "question" }, words.question),
    make("div", { class: "row" }, field, send),
    make("p", { id: "hint" }, words.hint));
  const box = make("div", { class: "conversation" }, log, status, form);
  let busy = false;

  const say = (replies) => replies.map((reply) => counterSays(reply, (choice) => hear(choice.label, { choice: choice.value })));

  // hear shows what the resident said and gets it answered.
  function hear(text, message) {
    if (busy) return;
    const said = make("div", { class: "resident" }, unseen(words.resident), make("p", {}, text));
    log.append(said);
    answer(said, message);
  }

  async function answer(said, message) {
    wait(true);
    let shown;
    try {
      shown = say(await ask(message));
    } catch (error) {
      shown = [failure(error, () => {
        if (busy) return;
        shown[0].remove();
        field.focus();
        answer(said, message);
      })];
    }
    wait(false);
    log.append(...shown);
    reveal(said);
  }

  let told;
  function wait(begins) {
    busy = begins;
    send.setAttribute("aria-disabled", String(begins));
    clearTimeout(told);
    status.replaceChildren();
    if (begins) told = setTimeout(() => status.replaceChildren(words.waiting, make("span", { class: "dots", "aria-hidden": "true" })), calm);
  }

  // reveal scrolls so that the answer is read from its beginning.
  function reveal(said) {
    const scroller = log.scrollHeight > log.clientHeight + 1 ? log : box;
    scroller.scrollTo({ top: said.offsetTop - 12 });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (busy || !text) return field.focus();
    field.value = "";
    hear(text, { text });
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || composing(event)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  if (config.greeting.text) log.append(...say([config.greeting]));
  return { box, focus: () => field.focus() };
}

// counterSays shows one reply: its words, where they come from, what can be
// chosen.
function counterSays(reply, choose) {
  const choices = (reply.choices ?? []).map((choice) =>
    make("button", { type: "button", onclick: () => choose(choice) }, choice.label));
  return make("div", { class: "counter" },
    unseen(words.counter),
    reply.text && make("p", { class: "text" }, reply.text),
    reply.source && sourceCard(reply.source),
    choices.length > 0 && make("div", { class: "choices", role: "group", "aria-label": words.choices }, ...choices));
}

function failure(error, again) {
  return make("div", { class: "counter failure" },
    unseen(words.counter),
    make("p", { class: "text" }, error instanceof Refusal ? error.message : words.failed),
    make("div", { class: "choices" }, make("button", { type: "button", onclick: again }, words.retry)));
}

function sourceCard(source) {
  const address = webAddress(source.url);
  const title = address
    ? make("a", { href: address, target: "_blank", rel: "noopener" }, source.title, unseen(words.newTab))
    : make("span", {}, source.title);
  const facts = [
    [words.updated, japaneseDate(source.updated)],
    [words.section, source.section],
    [words.phone, phoneLink(source.phone)],
  ].filter(([, value]) => value).map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  return make("div", { class: "source" }, address && make("small", {}, words.source), title, facts.length > 0 && make("dl", {}, ...facts));
}

// webAddress gives what a link may lead to: another scheme than http and
// https, javascript: above all, is no address.
function webAddress(text) {
  if (!/^https?:\/\//i.test(text ?? "")) return null;
  try {
    return new URL(text).href;
  } catch {
    return null;
  }
}

function phoneLink(text) {
  const digits = (text ?? "").replace(/[-() ]/g, "");
  return /^[0-9]{3,11}$/.test(digits) ? make("a", { href: `tel:${digits}` }, text) : text;
}

function japaneseDate(iso) {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso ?? "") ?? [];
  return year && make("time", { datetime: iso }, `${year}年${Number(month)}月${Number(day)}日`);
}

// Refusal is an error whose sentence comes from the server.
class Refusal extends Error {}

async function ask(server, message) {
  const answer = await fetch(new URL("api/chat", server), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ session: session(), ...message }),
    credentials: "omit",
    cache: "no-store",
    signal: AbortSignal.timeout?.(patience),
  });
  const said = await answer.json().catch(() => null);
  if (answer.ok && Array.isArray(said?.replies)) return said.replies;
  throw said?.error?.message ? new Refusal(said.error.message) : new Error(answer.status);
}

let remembered; // where the page may not keep anything, until it is left

// session is the random name of this tab's conversation: all that is kept.
function session() {
  const key = "madoguchi-session";
  try {
    remembered ??= sessionStorage.getItem(key);
  } catch { /* the page may not keep anything */ }
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(remembered ?? "")) {
    remembered = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    try {
      sessionStorage.setItem(key, remembered);
    } catch { /* the same */ }
  }
  return remembered;
}
