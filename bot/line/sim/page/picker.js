// Dialogs in which a resident picks what to send. Each gives a promise: what
// was picked, or nothing.

import { $, el, notify } from "./dom.js";
import { drawMap, drawSticker, extent, onMap, places, stickers } from "./draw.js";

/** open shows a dialog until done is called or it is left. */
function open(dialog, prepare) {
  return new Promise((resolve) => {
    const left = new AbortController();
    const on = (target, what, f) => target.addEventListener(what, f, { signal: left.signal });
    const done = (value) => {
      left.abort();
      dialog.close();
      resolve(value);
    };
    on(dialog, "cancel", (e) => { e.preventDefault(); done(); });
    on($('[value="cancel"]', dialog), "click", () => done());
    prepare(done, on);
    dialog.showModal();
  });
}

const kinds = { date: ["日付を選ぶ", "日付", "date"], time: ["時刻を選ぶ", "時刻", "time"], datetime: ["日時を選ぶ", "日時", "datetime-local"] };

/** pickTime asks for a date, a time or both. */
export function pickTime(action) {
  const dialog = $("#when"), input = $("#when-value");
  [$("#when-title").textContent, $("label", dialog).textContent, input.type] = kinds[action.mode];
  for (const key of ["min", "max"]) {
    if (action[key]) input.setAttribute(key, action[key].replace("t", "T"));
    else input.removeAttribute(key);
  }
  input.value = action.initial?.replace("t", "T") ?? "";
  return open(dialog, (done, on) => on($('[value="ok"]', dialog), "click", () => {
    if (input.value && input.checkValidity()) done(input.value);
    else input.reportValidity() && notify("選んでから送ってください");
  }));
}

/** pickPlace asks for a point on the map. */
export function pickPlace() {
  const dialog = $("#where"), list = $("#where-place"), lat = $("#where-lat"), lng = $("#where-lng");
  let map;
  const show = () => {
    const fresh = drawMap({ latitude: Number(lat.value), longitude: Number(lng.value) });
    if (map) map.replaceWith(fresh);
    else $("#map").replaceChildren(fresh);
    map = fresh;
  };
  const set = (latitude, longitude) => {
    [lat.value, lng.value] = [latitude.toFixed(4), longitude.toFixed(4)];
    show();
  };
  list.replaceChildren(...places.map(([name], i) => el("option", { value: i }, name)), el("option", { value: "" }, "地図で選んだ場所"));
  list.value = "0";
  set(places[0][1], places[0][2]);
  return open(dialog, (done, on) => {
    on(list, "change", () => { if (list.value) set(places[list.value][1], places[list.value][2]); });
    for (const input of [lat, lng]) on(input, "input", () => { list.value = ""; show(); });
    on($("#map"), "click", (e) => {
      const { left, top, width, height } = map.getBoundingClientRect();
      list.value = "";
      set(extent.north - ((e.clientY - top) / height) * (extent.north - extent.south), extent.west + ((e.clientX - left) / width) * (extent.east - extent.west));
    });
    on($('[value="ok"]', dialog), "click", () => {
      if (!lat.reportValidity() || !lng.reportValidity() || !lat.value || !lng.value) return;
      const place = { latitude: Number(lat.value), longitude: Number(lng.value) };
      const title = list.value ? places[list.value][0] : "";
      done({ ...place, title, address: `見本区${title || nearest(place)}付近` });
    });
  });
}

function nearest(place) {
  const p = onMap(place);
  const far = ([, latitude, longitude]) => {
    const q = onMap({ latitude, longitude });
    return Math.hypot(p.x - q.x, p.y - q.y);
  };
  return places.reduce((best, one) => (far(one) < far(best) ? one : best))[0];
}

/** pickSticker asks for a sticker. */
export function pickSticker() {
  const grid = $("#stickers");
  return open($("#sticker"), (done) => {
    grid.replaceChildren(...stickers.map(([id, words]) => el("button", { type: "button", "aria-label": words, onclick: () => done({ package: "100", sticker: id, text: words }) }, drawSticker(id))));
  });
}

const photos = [["pothole", "道路の穴"], ["lamp", "消えた街灯"], ["litter", "捨てられたごみ"], ["fence", "公園のこわれた柵"]];

/** pickPhoto asks for a photo: one of ours, or a file. */
export function pickPhoto() {
  const file = $("#photo-file");
  file.value = "";
  return open($("#photo"), (done, on) => {
    $("#photos").replaceChildren(...photos.map(([name, label]) => {
      const picture = el("img", { src: `assets/photo/${name}.svg`, alt: "" });
      return el("button", { type: "button", onclick: async () => done(await taken(picture)) }, picture, label);
    }));
    on(file, "change", () => { if (file.files.length) done(file.files[0]); });
  });
}

/** taken makes a JPEG of a drawing. */
async function taken(picture) {
  await picture.decode();
  const canvas = el("canvas", { width: 1024, height: 768 });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.85); });
}
