// Making elements, and asking the platform to do something.

const SVG = "http://www.w3.org/2000/svg";

/** el makes an element: el("button.go", {type: "submit"}, "送る"). */
export function el(what, attributes = {}, ...children) {
  const [name, ...classes] = what.split(".");
  const e = document.createElement(name);
  if (classes.length) e.className = classes.join(" ");
  return fill(e, attributes, children);
}

/** svg makes an element of a drawing. */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(e, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) e.addEventListener(key.slice(2), value);
    else e.setAttribute(key, value === true ? "" : value);
  }
  e.append(...children.filter((c) => c !== null && c !== undefined));
  return e;
}

export const $ = (selector, root = document) => root.querySelector(selector);

let hiding;

/** notify says something to whoever sits at the page. */
export function notify(text) {
  const notice = $("#notice");
  notice.textContent = text;
  clearTimeout(hiding);
  hiding = setTimeout(() => { notice.textContent = ""; }, 5000);
}

/** tell asks the platform to do something; what comes of it arrives by itself. */
export async function tell(path, body, headers = { "Content-Type": "application/json" }) {
  try {
    const isFile = body instanceof Blob;
    const res = await fetch(path, { method: "POST", headers, body: isFile ? body : JSON.stringify(body ?? {}) });
    if (res.ok) return true;
    notify(res.headers.get("Content-Type") === "application/json" ? (await res.json()).message : `できませんでした（${res.status}）`);
  } catch {
    notify("シミュレーターにつながりません");
  }
  return false;
}

/** clock gives the time of day in Japan. */
export function clock(ms, seconds = false) {
  return new Date(ms).toLocaleTimeString("ja-JP", { timeZone: "Asia/Tokyo", hour: "numeric", minute: "2-digit", second: seconds ? "2-digit" : undefined });
}
