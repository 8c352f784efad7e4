// The desk by single keys: J and K move through the queue, C claims, U goes back, ? shows the list of keys.
// A key does nothing while something is written or a dialog is open, and all of them can be turned off (WCAG 2.1.4).

const KEPT = "desk-keys";
const panel = document.querySelector("[data-desk-keys]");
const choice = document.getElementById("desk-keys-on");

function kept() {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch (error) {
    console.warn("the choice of keys cannot be read on this device", error.name);
    return true;
  }
}

function keep(on) {
  try {
    if (on) localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, "off");
  } catch (error) {
    console.warn("the choice of keys cannot be kept on this device", error.name);
  }
}

// The links of the queue that can be seen: beside an item it is folded away on narrow screens.
const links = () => [...document.querySelectorAll("[data-queue-link]")].filter((link) => link.getClientRects().length > 0);

function move(by) {
  const all = links();
  if (all.length === 0) return;
  const current = all.findIndex((link) => link === document.activeElement || link.closest("[aria-current]"));
  const focused = all.indexOf(document.activeElement);
  const from = focused >= 0 ? focused : current;
  const to = from < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, from + by));
  all[to].focus();
}

function togglePanel() {
  panel.open = !panel.open;
  if (panel.open) panel.querySelector("summary").focus();
}

const ACTS = {
  j: () => move(1),
  k: () => move(-1),
  c: () => document.querySelector("[data-claim] button")?.click(),
  u: () => document.querySelector("[data-desk-back]")?.click(),
  "?": togglePanel,
};

const writes = (element) =>
  element.isContentEditable || element.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=button], [type=submit])");

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (!choice.checked || writes(event.target) || document.querySelector("dialog[open]")) return;
  const act = ACTS[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act();
}

if (panel && choice) {
  panel.hidden = false;
  choice.checked = kept();
  choice.addEventListener("change", () => keep(choice.checked));
  document.addEventListener("keydown", pressed);
}
