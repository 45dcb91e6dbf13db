// What the simulator draws itself: a map of no real place, and stickers.

import { svg } from "./dom.js";

/** extent is the part of the earth that the map stands for. */
export const extent = { west: 139.69, east: 139.71, south: 35.692, north: 35.708 };

/** places can be chosen by name. */
export const places = [
  ["見本区役所", 35.7003, 139.6996],
  ["みほん駅 北口", 35.7042, 139.7051],
  ["さくら公園", 35.7036, 139.6938],
  ["本町三丁目 交差点", 35.6972, 139.7021],
  ["見本川 中の橋", 35.6946, 139.6967],
  ["東町 図書館", 35.6989, 139.7079],
];

const wide = 320, high = 256;

/** onMap gives the point of a place on the map; within keeps it on there. */
export function onMap({ latitude, longitude }) {
  const x = ((longitude - extent.west) / (extent.east - extent.west)) * wide;
  const y = ((extent.north - latitude) / (extent.north - extent.south)) * high;
  return { x: Math.min(Math.max(x, 6), wide - 6), y: Math.min(Math.max(y, 12), high - 4) };
}

/** drawMap draws the map with a pin. */
export function drawMap(at, label = "地図") {
  const road = (d, width) => [svg("path", { d, fill: "none", stroke: "#d9d4c7", "stroke-width": width + 2 }), svg("path", { d, fill: "none", stroke: "#ffffff", "stroke-width": width })];
  const block = (x, y, w, h, fill = "#e3ded3") => svg("rect", { x, y, width: w, height: h, rx: 2, fill });
  const name = (x, y, text) => svg("text", { x, y, "font-size": 9, fill: "#4a5660", "text-anchor": "middle" }, text);
  const { x, y } = onMap(at);
  const pin = svg("g", { class: "pin", transform: `translate(${x} ${y})` },
    svg("path", { d: "M0 0c-1-6-8-9-8-16a8 8 0 0 1 16 0c0 7-7 10-8 16z", fill: "#c2402f", stroke: "#fff", "stroke-width": 1.5 }), svg("circle", { cx: 0, cy: -16, r: 3, fill: "#fff" }));
  const blocks = [[14, 108, 40, 26], [62, 112, 30, 22], [174, 84, 34, 28], [222, 100, 40, 22], [180, 150, 26, 34], [226, 152, 40, 24], [110, 150, 34, 22], [284, 96, 26, 30], [116, 40, 30, 30], [272, 20, 34, 22]];
  return svg("svg", { viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": label, class: "map" },
    svg("rect", { width: wide, height: high, fill: "#f1ede3" }),
    ...blocks.map((b) => block(...b)),
    svg("path", { d: "M24 34q28-22 62-8q22 16 6 44q-34 26-62 8q-22-18-6-44z", fill: "#cfe2bd" }),
    svg("path", { d: "M-4 214q60-28 110 0t110-6t110 14", fill: "none", stroke: "#bcd8e8", "stroke-width": 20 }),
    ...road("M-4 142H324", 8), ...road("M156-4V260", 8), ...road("M60 96V260", 4), ...road("M-4 96H324", 4), ...road("M214-4V192", 4), ...road("M110 96V214", 3), ...road("M214 176H324", 3), ...road("M276 60V260", 4),
    svg("path", { d: "M-4 76L324 36", fill: "none", stroke: "#8b949b", "stroke-width": 4 }), svg("path", { d: "M-4 76L324 36", fill: "none", stroke: "#f1ede3", "stroke-width": 2.4, "stroke-dasharray": "8 8" }),
    block(140, 112, 34, 22, "#c9d6df"), block(226, 42, 36, 16, "#c9d6df"), block(276, 132, 26, 18, "#d9d0e0"),
    name(157, 126, "区役所"), name(244, 53, "みほん駅"), name(62, 58, "さくら公園"), name(192, 196, "見本川"), name(289, 145, "図書館"),
    pin);
}

const faces = {
  1: ["りょうかい", "#f6c667", "M30 44q10 9 20 0", ""],
  2: ["ありがとう", "#f3a8a0", "M28 42q12 14 24 0z", ""],
  3: ["おねがいします", "#9fc7e0", "M34 45q6 5 12 0", ""],
  4: ["おはよう", "#b9d79a", "M30 42q10 12 20 0", ""],
  5: ["どうして？", "#c9b6de", "M35 47q5-5 10 0", ""],
  6: ["こまった", "#a9c3c9", "M32 48q8-8 16 0", "M58 34q4 8 0 11q-4-3 0-11"],
};

/** stickers are the numbers and words of those there are. */
export const stickers = Object.entries(faces).map(([id, [words]]) => [id, words]);

/** drawSticker draws a round face that says something. */
export function drawSticker(id, words) {
  const [label, color, mouth, more] = faces[id] ?? [words || "スタンプ", "#cccccc", "M32 46h16", ""];
  const closed = id === "2" || id === "3";
  const eye = (x) => (closed ? svg("path", { d: `M${x - 4} 34q4-5 8 0`, fill: "none", stroke: "#33302c", "stroke-width": 2.4, "stroke-linecap": "round" }) : svg("circle", { cx: x, cy: 33, r: 2.8, fill: "#33302c" }));
  return svg("svg", { viewBox: "0 0 80 96", role: "img", "aria-label": `スタンプ「${label}」`, class: "face-sticker" },
    svg("path", { d: "M14 40q0-30 26-30t26 30q0 28-26 28t-26-28z", fill: color, stroke: "#fff", "stroke-width": 3 }),
    svg("path", { d: "M20 18l-2-12l12 6zM60 18l2-12l-12 6z", fill: color, stroke: "#fff", "stroke-width": 2, "stroke-linejoin": "round" }),
    eye(30), eye(50),
    svg("ellipse", { cx: 24, cy: 42, rx: 4, ry: 2.4, fill: "#e0796b", opacity: 0.5 }), svg("ellipse", { cx: 56, cy: 42, rx: 4, ry: 2.4, fill: "#e0796b", opacity: 0.5 }),
    svg("path", { d: mouth, fill: id === "2" ? "#8c3f34" : "none", stroke: "#33302c", "stroke-width": 2.4, "stroke-linecap": "round" }),
    more ? svg("path", { d: more, fill: id === "6" ? "#5fa8d3" : "none", stroke: id === "6" ? "none" : "#33302c", "stroke-width": 2.4, "stroke-linecap": "round" }) : null,
    svg("text", { x: 40, y: 87, "text-anchor": "middle", "font-size": label.length > 6 ? 10 : 12.5, "font-weight": 700, fill: "#33302c", stroke: "#fff", "stroke-width": 3, "paint-order": "stroke" }, label));
}
