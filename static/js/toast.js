// Something short that can be said in passing: `toast("Changed. Everybody sees that it was edited.")`.
//
// It is announced (role=status) and never takes the focus. It stands where it covers neither what has the focus nor the field
// for writing, and goes elsewhere when that changes. It stays at least six seconds, longer for more words, and for as long as
// the pointer or the focus is on it. What must not be missed belongs on the page instead.

import { _ } from "./words.js";

const LEAST_MS = 6000;
const A_LETTER_MS = 80;
const STEP_MS = 250;
const MOST = 3;
const GAP_PX = 10;

const box = document.createElement("div");
const words = document.createElement("div");
const close = document.createElement("button");
const lines = new Map(); // a line's element: how long it still stays
let steps = null;
let held = false; // the pointer is on it
let from = null; // what had the focus before it went to the button

function make() {
  box.className = "toast";
  words.className = "toast__words";
  words.setAttribute("role", "status"); // there before anything is said, or it would not be announced
  close.className = "toast__close";
  close.type = "button";
  close.hidden = true;
  close.setAttribute("aria-label", _("Close"));
  close.append(drawn("x"));
  box.append(words, close);
  document.body.append(box);
}

function drawn(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const use = document.createElementNS(space, "use");
  const sheet = document.querySelector(".top use")?.getAttribute("href").split("#")[0] ?? "/static/icons/icons.svg";
  use.setAttribute("href", `${sheet}#${name}`);
  svg.append(use);
  return svg;
}

export function toast(text) {
  for (const [line] of lines) if (line.textContent === text) drop(line); // said anew, not twice
  const line = document.createElement("p");
  const said = document.createElement("span");
  said.textContent = text;
  line.append(drawn("circle-check"), said);
  words.append(line);
  lines.set(line, Math.max(LEAST_MS, text.length * A_LETTER_MS));
  if (lines.size > MOST) drop(lines.keys().next().value);
  close.hidden = false;
  steps ??= setInterval(step, STEP_MS);
  place();
}

function drop(line) {
  lines.delete(line);
  line.remove();
  if (lines.size) return;
  clearInterval(steps);
  steps = null;
  const focused = document.activeElement === close;
  close.hidden = true;
  if (focused) (from?.isConnected ? from : document.querySelector("main"))?.focus({ preventScroll: true });
}

function clear() {
  for (const line of [...lines.keys()]) drop(line);
}

function step() {
  if (held || document.hidden || box.contains(document.activeElement) || box.classList.contains("toast--waits")) return;
  for (const [line, left] of lines) {
    if (left <= STEP_MS) drop(line);
    else lines.set(line, left - STEP_MS);
  }
  place();
}

// --- Where it stands ---------------------------------------------------------------------------------------------------------

// What it may not cover, as [top, bottom] in the window.
function taken() {
  const focused = document.activeElement;
  const kept = [...document.querySelectorAll(".composer:not([hidden]), details.menu[open] > .menu__list")];
  if (focused && !box.contains(focused) && !focused.matches("body, main")) kept.push(focused);
  const own = box.getBoundingClientRect();
  return kept
    .map((one) => one.getBoundingClientRect())
    .filter((one) => one.width > 0 && one.right > own.left && one.left < own.right)
    .map((one) => [one.top - GAP_PX, one.bottom + GAP_PX])
    .sort((one, other) => one[0] - other[0]);
}

// The highest free place under the header; when there is none it waits unseen (it has been announced) until there is.
function place() {
  if (!lines.size) return;
  const seen = window.visualViewport;
  const top = Math.max(0, document.querySelector(".top")?.getBoundingClientRect().bottom ?? 0, seen?.offsetTop ?? 0);
  const bar = document.querySelector(".nav")?.getBoundingClientRect();
  const end = (seen ? seen.offsetTop + seen.height : window.innerHeight) - GAP_PX;
  const foot = bar && bar.top > window.innerHeight / 2 ? Math.min(end, bar.top - GAP_PX) : end;
  box.classList.remove("toast--waits");
  let at = top + GAP_PX;
  for (const [above, below] of taken()) if (at < below && at + box.offsetHeight > above) at = below;
  box.style.setProperty("--toast-top", `${Math.round(at)}px`);
  box.classList.toggle("toast--waits", at + box.offsetHeight > foot);
}

let asked = false;
function placeSoon() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    place();
  });
}

make();
close.addEventListener("click", clear);
box.addEventListener("pointerenter", () => (held = true));
box.addEventListener("pointerleave", () => (held = false));
box.addEventListener("focusin", (event) => box.contains(event.relatedTarget) || (from = event.relatedTarget));
document.addEventListener("focusin", placeSoon);
window.addEventListener("scroll", placeSoon, { passive: true });
window.addEventListener("resize", placeSoon);
window.visualViewport?.addEventListener("resize", placeSoon);
document.addEventListener("keydown", (event) => {
  // Escape closes what lies on top: a question or a menu first.
  if (event.key === "Escape" && !document.querySelector("dialog[open], details.menu[open]")) clear();
});
