// Message objects, as a phone shows them.

import { el } from "./dom.js";
import { flex } from "./flex.js";
import { drawMap, drawSticker } from "./draw.js";

/** bodyOf shows the message of an item. */
export function bodyOf(item, act) {
  const m = item.message;
  const show = { text, textV2, sticker, image, video, audio, file, location, template, flex: flexMessage, imagemap }[m.type];
  return show ? show(m, act, item) : el("p.text", {}, `（${m.type}）`);
}

const text = (m) => el("p.text", {}, ...linked(m.text));

function textV2(m) {
  const plain = m.text.replace(/\{\{|\}\}|\{([^{}]*)\}/g, (all, key) => (all === "{{" ? "{" : all === "}}" ? "}" : m.substitution?.[key]?.type === "mention" ? "@メンション" : "☺"));
  return text({ text: plain });
}

/** linked splits a text at its addresses and makes them links. */
function linked(s) {
  return s.split(/(https?:\/\/[^\s「」（）<>]+)/).map((part, i) => (i % 2 ? link(part, part) : part));
}

const link = (href, label) => el("a", { href, target: "_blank", rel: "noopener noreferrer" }, label);

const sticker = (m) => el("p.sticker", {}, drawSticker(m.stickerId, m.keywords?.[0]));

function image(m, act, item) {
  if (item.who === "resident") return el("p.picture", {}, el("img", { src: `content/${item.id}`, alt: "送った写真" }));
  return el("p.picture", {}, picture(m.previewImageUrl, "届いた写真"));
}

const video = (m, act, item) => el("p.text", {}, item.who === "resident" ? "動画" : "動画（シミュレーターでは再生しません）");

const audio = (m) => el("p.text.voice", {}, `▶ 音声メッセージ ${Math.round((m.duration ?? 0) / 1000)}秒`);

const file = (m) => el("p.text", {}, `ファイル「${m.fileName}」`);

function location(m) {
  return el("div.card.place", {}, drawMap(m), el("p", {}, el("strong", {}, m.title || "位置情報"), el("span", {}, m.address || `${m.latitude.toFixed(4)}, ${m.longitude.toFixed(4)}`)));
}

/** picture shows an image of our own server; others are not asked for. */
export function picture(address, label) {
  const url = URL.canParse(address, document.baseURI) ? new URL(address, document.baseURI) : undefined;
  if (url && (url.origin === window.location.origin || url.protocol === "data:")) return el("img", { src: url.href, alt: label });
  return el("span.elsewhere", { role: "img", "aria-label": `${label}（ほかのサーバーにあるため、読み込みません）` });
}

const flexMessage = (m, act) => el("div.flex", { role: "group", "aria-label": m.altText }, flex(m.contents, act));

function template(m, act) {
  const t = m.template;
  const cards = t.columns ?? [t];
  const shown = cards.map((c) => el("div.card", {},
    c.thumbnailImageUrl || c.imageUrl ? picture(c.thumbnailImageUrl || c.imageUrl, c.title || "画像") : null,
    c.title ? el("strong", {}, c.title) : null,
    c.text ? el("p", {}, c.text) : null,
    el(t.type === "confirm" ? "div.side-by-side" : "div.stacked", {}, ...(c.actions ?? [c.action]).map((a) => button(a, act)))));
  return el(shown.length > 1 ? "div.carousel" : "div", { role: "group", "aria-label": m.altText, tabindex: shown.length > 1 ? "0" : undefined }, ...shown);
}

function imagemap(m, act) {
  return el("div.card", { role: "group", "aria-label": m.altText }, el("p", {}, m.altText),
    el("div.stacked", {}, ...m.actions.map((a) => button({ ...a, label: a.label || a.text || a.linkUri || a.clipboardText, uri: a.linkUri }, act))));
}

function button(action, act) {
  if (action.type === "uri" && /^(https?|tel):/.test(action.uri)) return link(action.uri, action.label);
  return el("button", { type: "button", onclick: () => act(action) }, action.label);
}

/** quickReplies are the buttons below the last message. */
export function quickReplies(message, act) {
  return message.quickReply.items.map(({ action }) => button(action, act));
}
