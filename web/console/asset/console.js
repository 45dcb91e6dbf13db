// What scripts add to pages that work without them.
"use strict";

// An element with data-poll is replaced, every second, by the element with its
// id from that address, until the answer no longer has data-poll.
for (const first of document.querySelectorAll("[data-poll]")) poll(first);

function poll(element) {
  setTimeout(async () => {
    try {
      const answer = await fetch(element.dataset.poll, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.getElementById(element.id);
      if (!answer.ok || !next) return poll(element);
      if (next.innerHTML !== element.innerHTML || next.dataset.poll !== element.dataset.poll) {
        element.replaceWith(next);
        element = next;
      }
      if (element.dataset.poll) poll(element);
    } catch {
      poll(element); // the network may come back
    }
  }, 1000);
}

// A form is sent once, however often the button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  if (form.method === "post") form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// What was typed is not lost by leaving: the browser asks first.
let typed = false;
document.addEventListener("input", (event) => {
  if (event.target.form?.method === "post") typed = true;
});
document.addEventListener("submit", () => { typed = false; });
addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });
