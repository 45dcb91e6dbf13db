// The page: a phone for every resident, kept as the platform says.

import { $, notify, tell } from "./dom.js";
import { Panel } from "./panel.js";
import { Phone } from "./phone.js";

const phones = new Map();
const panel = new Panel();
let run = "";

function show(view) {
  if (view.run !== run) {
    run = view.run;
    for (const p of phones.values()) p.root.remove();
    phones.clear();
    panel.clear();
  }
  for (const [id, phone] of phones) {
    if (view.order.includes(id)) continue;
    phone.root.remove();
    phones.delete(id);
  }
  for (const resident of view.residents ?? []) {
    let phone = phones.get(resident.id);
    if (!phone) {
      phone = new Phone(resident, view.account);
      phones.set(resident.id, phone);
      $("#phones").append(phone.root);
    }
    phone.show(resident);
  }
  $("#phones").dataset.count = view.order.length;
  panel.show(view);
}

const events = new EventSource("events");
events.addEventListener("message", (e) => show(JSON.parse(e.data)));
events.addEventListener("error", () => notify("シミュレーターにつながりません。つながるのを待っています"));

$("#add").addEventListener("click", async () => {
  if (await tell("do/add")) notify("住民を追加しました");
});
