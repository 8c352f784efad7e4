// What has the focus just now, and what is wrong with how it shows. The body of a function, after paint.js.
const one = document.activeElement;
if (!one || one === document.body || one === root) return null;

// A field that is clipped away shows its focus on the label that stands for it.
const clipped = (part) => part.getBoundingClientRect().width <= 2 || part.closest(".unseen") !== null;
const face = clipped(one) ? (one.closest("label") ?? one.labels?.[0] ?? one) : one;
const findings = [];

// --- The ring: 2 px or more, 3:1 against what it is drawn on, not cut off ------------------------------------------------
const drawn = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
const after = getComputedStyle(face, "::after");
const style = !drawn(getComputedStyle(face)) && after.content !== "none" && drawn(after) ? after : getComputedStyle(face);
const width = parseFloat(style.outlineWidth);
const offset = parseFloat(style.outlineOffset);
if (!drawn(style)) {
  findings.push("no ring");
} else {
  const ring = colour(style.outlineColor);
  const found = lowest(ring, grounds(offset < 0 ? face : face.parentElement));
  if (found < 3) findings.push(`a ring of ${found.toFixed(2)}:1`);
  const reach = Math.max(0, offset + width);
  const inner = face.getBoundingClientRect();
  for (let outer = face.parentElement; outer && outer !== document.body; outer = outer.parentElement) {
    const { overflowX, overflowY, position } = getComputedStyle(outer);
    const room = outer.getBoundingClientRect();
    const cutX = overflowX !== "visible" && (inner.left - reach < room.left - 1 || inner.right + reach > room.right + 1);
    const cutY = overflowY !== "visible" && (inner.top - reach < room.top - 1 || inner.bottom + reach > room.bottom + 1);
    if (cutX || cutY) findings.push(`its ring is cut off by ${name(outer).slice(0, 30)}`);
    if (position === "fixed") break;
  }
}

// --- In sight: nothing that stays in place lies over any corner of it ------------------------------------------------------
// Of a field that is higher than the window has room for, what is in the window counts; it must be a finger's height at least.
const box = face.getClientRects()[0] ?? face.getBoundingClientRect();
const [upper, lower] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
const centre = (box.left + box.right) / 2;
if (lower - upper < Math.min(44, box.height)) findings.push("out of sight");
const round = 3 + 0.3 * Math.min(parseFloat(style.borderTopLeftRadius) || 0, box.height / 2);
const corners = [upper + round, lower - round].flatMap((y) => [[box.left + round, y], [box.right - round, y]]);
const places = box.height > innerHeight / 2 ? [[centre, (upper + lower) / 2]] : [[centre, (upper + lower) / 2], ...corners];
for (const [x, y] of places) {
  const above = document.elementFromPoint(x, y);
  if (above && !face.contains(above) && !above.contains(face) && !one.contains(above) && above.closest("label")?.control !== one)
    findings.push(`covered by ${name(above).slice(0, 40)}`);
}
const words = one.getAttribute("aria-label") || [...(one.labels ?? [])].map((label) => label.innerText).join(" ") || one.innerText || one.name || "";
return {
  what: `${one.tagName.toLowerCase()} ${words.trim().replace(/\s+/g, " ").slice(0, 60)}`,
  name: words.trim().replace(/\s+/g, " "),
  type: one.type ?? one.tagName.toLowerCase(),
  group: one.type === "radio" ? one.name : "",
  findings: [...new Set(findings)],
};
