// How much room is left, said only when it gets tight. Without script the server counts.

import { _, ngettext } from "../words.js";

const NEAR = 0.9;
const CALM_MS = 500; // after the last letter: a screen reader is not to be interrupted by every one

// `line` is a live region that stays in the page; it is empty while there is room.
export function watchCount(area, line, limit) {
  let waits;
  const say = () => {
    const length = [...area.value.trim()].length; // characters as the server counts them, not UTF-16 units
    if (length < NEAR * limit) line.textContent = "";
    else if (length > limit) line.textContent = ngettext("One character too many. Nothing is lost.", "%(num)s characters too many. Nothing is lost.", length - limit);
    else if (length === limit) line.textContent = _("No characters left");
    else line.textContent = ngettext("One character left", "%(num)s characters left", limit - length);
  };
  area.addEventListener("input", () => {
    clearTimeout(waits);
    waits = setTimeout(say, CALM_MS);
  });
  say();
}
