// Flex messages: boxes of LINE's own kind, laid out by CSS flexible boxes.

import { el } from "./dom.js";
import { picture } from "./message.js";

const spaces = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const texts = { xxs: 11, xs: 13, sm: 14, md: 16, lg: 19, xl: 22, xxl: 29, "3xl": 35, "4xl": 48, "5xl": 74 };
const images = { xxs: 40, xs: 60, sm: 80, md: 100, lg: 120, xl: 140, xxl: 160, "3xl": 180, "4xl": 200, "5xl": 220 };
const borders = { none: 0, light: 0.5, normal: 1, medium: 2, "semi-bold": 3, bold: 4 };
const ends = { start: "left", end: "right", center: "center" };
const gravities = { top: "flex-start", center: "center", bottom: "flex-end" };

/** length reads a keyword of words, pixels or a percentage. */
const length = (value, words) => (value === undefined ? undefined : value in words ? `${words[value]}px` : value);

/** flex shows a bubble or a carousel of them. */
export function flex(container, act) {
  if (container.type === "carousel") return el("div.carousel", { tabindex: "0", role: "group", "aria-label": "横に動かせます" }, ...container.contents.map((b) => bubble(b, act)));
  return bubble(container, act);
}

function bubble(b, act) {
  const root = el(`div.bubble.size-${b.size ?? "mega"}`, { dir: b.direction });
  for (const name of ["header", "hero", "body", "footer"]) {
    if (!b[name]) continue;
    const block = el(`div.block.${name}`, {}, component(b[name], "vertical", act));
    const style = b.styles?.[name];
    if (style?.backgroundColor) block.style.backgroundColor = style.backgroundColor;
    if (style?.separator && root.childElementCount) block.style.borderTop = `1px solid ${style.separatorColor ?? "#d4d6da"}`;
    root.append(block);
  }
  return tappable(root, b, act);
}

function component(c, layout, act) {
  const make = { box, button, image, icon, text, separator, filler, video }[c.type];
  const e = make ? make(c, act, layout) : el("span");
  place(e, c, layout);
  return e;
}

/** place sets what a component asks of the box it stands in. */
function place(e, c, layout) {
  const across = layout !== "vertical";
  const s = e.style;
  const own = c.flex ?? (across && c.type !== "icon" && c.type !== "separator" ? 1 : 0);
  if (c.type === "filler") s.flex = `${c.flex ?? 1} 1 0`;
  else s.flex = own > 0 ? `${own} 1 ${across ? "0" : "auto"}` : "0 0 auto";
  if (across && own > 0) s.minWidth = "0";
  if (c.gravity) s[across ? "alignSelf" : "marginBlock"] = across ? gravities[c.gravity] : "";
  if (c.position === "absolute") s.position = "absolute";
  else if (c.offsetTop || c.offsetBottom || c.offsetStart || c.offsetEnd) s.position = "relative";
  for (const [key, side] of [["offsetTop", "top"], ["offsetBottom", "bottom"], ["offsetStart", "insetInlineStart"], ["offsetEnd", "insetInlineEnd"]]) {
    if (c[key]) s[side] = length(c[key], spaces);
  }
}

function box(c, act) {
  const e = el(`div.box.${c.layout}`);
  const s = e.style;
  c.contents.forEach((child, i) => {
    const made = component(child, c.layout, act);
    const gap = length(child.margin ?? (i ? c.spacing : undefined), spaces);
    if (gap && child.position !== "absolute") made.style[c.layout === "vertical" ? "marginTop" : "marginInlineStart"] = gap;
    e.append(made);
  });
  for (const [key, side] of [["paddingAll", "padding"], ["paddingTop", "paddingTop"], ["paddingBottom", "paddingBottom"], ["paddingStart", "paddingInlineStart"], ["paddingEnd", "paddingInlineEnd"]]) {
    if (c[key]) s[side] = length(c[key], spaces);
  }
  for (const key of ["width", "maxWidth", "height", "maxHeight"]) if (c[key]) s[key] = c[key];
  if (c.backgroundColor) s.backgroundColor = c.backgroundColor;
  if (c.background?.type === "linearGradient") {
    const middle = c.background.centerColor ? `, ${c.background.centerColor} ${c.background.centerPosition ?? "50%"}` : "";
    s.backgroundImage = `linear-gradient(${c.background.angle}, ${c.background.startColor}${middle}, ${c.background.endColor})`;
  }
  if (c.borderWidth || c.borderColor) s.border = `${length(c.borderWidth ?? "normal", borders)} solid ${c.borderColor ?? "#d4d6da"}`;
  if (c.cornerRadius) s.borderRadius = length(c.cornerRadius, spaces);
  if (c.justifyContent) s.justifyContent = c.justifyContent;
  if (c.alignItems) s.alignItems = c.alignItems;
  return tappable(e, c, act);
}

function button(c, act) {
  const style = c.style ?? "link", a = c.action;
  const opens = a.type === "uri" && /^(https?|tel):/.test(a.uri);
  const e = opens
    ? el(`a.press.${style}`, { href: a.uri, target: "_blank", rel: "noopener noreferrer" }, a.label)
    : el(`button.press.${style}`, { type: "button", onclick: () => act(a) }, a.label);
  e.classList.toggle("small", c.height === "sm");
  if (c.color) e.style[style === "link" ? "color" : "backgroundColor"] = c.color;
  return e;
}

function text(c, act) {
  const e = el("p.words", {}, ...(c.contents?.length ? c.contents.map(span) : [c.text ?? ""]));
  write(e, c, "md");
  e.classList.toggle("wrap", Boolean(c.wrap));
  if (c.align) e.style.textAlign = ends[c.align];
  if (c.lineSpacing) e.style.lineHeight = `calc(1.4em + ${c.lineSpacing})`;
  if (c.maxLines && c.wrap) {
    e.classList.add("clamped");
    e.style.webkitLineClamp = c.maxLines;
  }
  return tappable(e, c, act);
}

function span(c) {
  const e = el("span", {}, c.text ?? "");
  write(e, c);
  return e;
}

/** write sets the letters. */
function write(e, c, size) {
  const s = e.style;
  const letters = length(c.size ?? size, texts);
  if (letters) s.fontSize = letters;
  if (c.color) s.color = c.color;
  if (c.weight) s.fontWeight = c.weight === "bold" ? "bold" : "normal";
  if (c.style) s.fontStyle = c.style;
  if (c.decoration) s.textDecoration = c.decoration;
}

function image(c, act) {
  const e = el("div.image", {}, picture(c.url, c.action?.label || "画像"));
  const s = e.style;
  const [w, h] = (c.aspectRatio ?? "1:1").split(":");
  s.width = c.size === "full" ? "100%" : length(c.size ?? "md", images);
  s.aspectRatio = `${w} / ${h}`;
  if (c.backgroundColor) s.backgroundColor = c.backgroundColor;
  e.classList.toggle("cover", c.aspectMode === "cover");
  if (c.align !== "start" && c.size !== "full") s.marginInlineStart = "auto";
  if (c.align !== "end" && c.size !== "full") s.marginInlineEnd = "auto";
  return tappable(e, c, act);
}

function icon(c) {
  const e = el("span.icon", {}, picture(c.url, "しるし"));
  e.style.fontSize = length(c.size ?? "md", texts);
  return e;
}

const video = (c) => el("p.words", {}, `動画（${c.altContent ? "代わりの内容があります" : ""}）`);

const separator = (c, act, layout) => {
  const e = el(`div.rule.${layout === "vertical" ? "flat" : "upright"}`);
  if (c.color) e.style.borderColor = c.color;
  return e;
};

const filler = () => el("span");

/** tappable lets all of e be tapped: by finger or mouse and, where nothing in it
 * can be tapped by itself, by keyboard. Its name is what it reads. */
function tappable(e, c, act) {
  if (!c.action) return e;
  const go = () => act(c.action);
  e.classList.add("tappable");
  e.addEventListener("click", (event) => { if (event.target.closest("a, button, .tappable") === e) go(); });
  if (e.querySelector("a, button, [role]:not([role=img])")) return e;
  e.tabIndex = 0;
  e.setAttribute("role", c.action.type === "uri" ? "link" : "button");
  if (c.action.label && !e.textContent.trim()) e.setAttribute("aria-label", c.action.label);
  e.addEventListener("keydown", (event) => {
    if (event.target === e && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      go();
    }
  });
  return e;
}
