// The waiting page looks now and then whether something happened, and says so; the page without script has a link instead.

import { _ } from "./words.js";

const EVERY_MS = 20000;

const place = document.querySelector("[data-waiting]");
const line = place.querySelector("[data-waiting-line]");
const answer = document.querySelector("textarea");
let next = 0;

// Nobody's words are taken away by a page that changes: while something is written, a link stands there.
function happened() {
  clearTimeout(next);
  if (!answer?.value) {
    window.location.reload();
    return;
  }
  const link = document.createElement("a");
  link.href = "/waiting";
  link.textContent = _("Show it");
  line.replaceChildren(_("Something happened. What you are writing is not sent yet."), " ", link);
}

async function look() {
  clearTimeout(next);
  next = setTimeout(look, EVERY_MS);
  if (document.hidden) return;
  try {
    const got = await fetch("/waiting/news", { headers: { Accept: "application/json" } });
    if (!got.ok) return;
    const { stands } = await got.json();
    if (stands !== place.dataset.waiting) happened();
  } catch (error) {
    console.warn("whether something happened cannot be asked now", error.name);
  }
}

line.textContent = _("This page says by itself when something happens.");
next = setTimeout(look, EVERY_MS);
document.addEventListener("visibilitychange", () => document.hidden || look());
