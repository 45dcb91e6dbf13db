// The panel: faults on demand, the account, and what was sent to and fro.

import { $, clock, el, tell } from "./dom.js";

const groups = [
  ["Webhook（LINEから窓口へ）", [
    ["duplicate", "2回届く", "同じイベントを2度送ります"],
    ["reorder", "順番が入れかわる", "次のイベントのあとに送ります"],
    ["expired_token", "返信の期限切れ", "応答トークンが使えません"],
    ["bad_signature", "署名がちがう", "受け取ってはいけません"],
    ["unknown_event", "知らない種類のイベント", "いっしょに送ります"],
    ["malformed", "壊れたイベント", "いっしょに送ります"],
  ]],
  ["API（窓口からLINEへ）", [
    ["rate", "429 呼び出しすぎ", ""],
    ["quota", "429 今月の配信を使い切り", "止めるまで続きます"],
    ["conflict", "409 受付ずみ", "再送キーのある送信だけ"],
    ["broken", "500 LINEの不調", ""],
    ["unauthorized", "401 トークンが無効", ""],
    ["hang", "応答しない", "送信は行われません"],
    ["hang_after", "送ったあと応答しない", ""],
    ["close", "接続が切れる", "送信は行われません"],
    ["close_after", "送ったあと接続が切れる", ""],
  ]],
];

const kept = 100; // lines

/** Panel is the panel of the page. */
export class Panel {
  buttons = []; // [fault, how often, button]

  constructor() {
    $("#faults").append(...groups.map(([title, faults]) => el("fieldset", {}, el("legend", {}, title), ...faults.map((f) => this.row(...f)))));
    $("#redeliver").addEventListener("click", () => tell("do/redeliver"));
    $("#calm").addEventListener("click", () => {
      for (const fault of new Set(this.buttons.filter(([, , b]) => pressed(b)).map(([f]) => f))) tell("do/calm", { fault });
    });
    const toggle = $("#toggle"), panel = $("#panel");
    const open = (yes) => {
      panel.hidden = !yes;
      toggle.setAttribute("aria-expanded", yes);
    };
    toggle.addEventListener("click", () => open(panel.hidden));
    open(matchMedia("(min-width: 75rem)").matches);
  }

  row(fault, name, hint) {
    const id = `fault-${fault}`;
    const button = (label, times) => {
      const b = el("button", {
        type: "button", "aria-pressed": "false", "aria-describedby": id,
        onclick: () => tell(pressed(b) ? "do/calm" : "do/fault", { fault, times }),
      }, label);
      this.buttons.push([fault, times, b]);
      return b;
    };
    const once = fault === "quota" ? null : button("1回", 1);
    return el("div.fault", {}, el("p", { id }, name, hint ? el("small", {}, hint) : null), once, button("続ける", -1));
  }

  clear() {
    $("#lines").replaceChildren();
  }

  show(view) {
    for (const [fault, times, button] of this.buttons) {
      button.setAttribute("aria-pressed", view.troubles.some((t) => t.fault === fault && (t.times < 0) === (times < 0)));
    }
    $("#webhook").textContent = view.webhook || "（未設定）";
    $("#quota").textContent = `${view.used.toLocaleString()}通${view.quota ? `／${view.quota.toLocaleString()}通` : "（上限なし）"}`;
    const lines = $("#lines");
    for (const line of view.lines ?? []) {
      const newer = (r) => r.dataset.at > line.at || (Number(r.dataset.at) === line.at && !r.dataset.out && line.out);
      lines.insertBefore(row(line), [...lines.rows].find((r) => !newer(r)) ?? null);
    }
    while (lines.rows.length > kept) lines.lastElementChild.remove();
  }
}

const pressed = (button) => button.getAttribute("aria-pressed") === "true";

function row(line) {
  const fine = line.status >= 200 && line.status < 300;
  const what = line.out ? `${line.what}${line.types ? `（${line.types}）` : ""}` : `${line.what} ${line.path}`;
  const extra = [line.out ? "" : line.types, line.fault].filter(Boolean).join(" · ");
  return el(fine ? "tr" : "tr.bad", { "data-at": line.at, "data-out": line.out },
    el("td", {}, clock(line.at, true)),
    el("td", {}, el("span.way", { title: line.out ? "窓口へ" : "LINEへ" }, line.out ? "→ " : "← "), what, extra ? el("small", {}, extra) : null),
    el("td", {}, line.status ? String(line.status) : "なし", line.out ? el("small", {}, `${line.took} ms`) : null));
}
