// What measure.js and focus.js share: what a part is called, whether it is shown, and its colours as they are painted.
// Put before their text by tests/browser/measure.py.
const root = document.documentElement;
const name = (one) => {
  const words = (one.getAttribute("aria-label") || one.innerText || one.name || "").trim().replace(/\s+/g, " ").slice(0, 40);
  return `${one.tagName.toLowerCase()}${[...one.classList].map((each) => `.${each}`).join("")}${words ? ` "${words}"` : ""}`;
};
const shown = (one) => {
  if (!one.checkVisibility({ checkVisibilityCSS: true, contentVisibilityAuto: true })) return false;
  if (one.closest(".unseen, .skip, [hidden]")) return false;
  const { width, height } = one.getBoundingClientRect();
  return width > 1 && height > 1;
};
const disabled = (one) => one.matches(":disabled, [aria-disabled=true]") || one.closest("[aria-disabled=true]") !== null;

const unknown = new Set();
const colour = (text) => {
  const numbers = (/^rgba?\(([^)]+)\)$/.exec(text) ?? /^color\(srgb ([^)]+)\)$/.exec(text))?.[1].split(/[\s,/]+/).map(Number);
  if (!numbers || numbers.some(Number.isNaN)) {
    unknown.add(text);
    return [255, 0, 255, 1];
  }
  const scale = text.startsWith("rgb") ? 1 : 255;
  return [...numbers.slice(0, 3).map((each) => each * scale), numbers[3] ?? 1];
};
const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
const mixed = (inner, outer, part) => over([...inner.slice(0, 3), part], outer);
const light = ([r, g, b]) => {
  const [x, y, z] = [r, g, b].map((each) => (each / 255 <= 0.04045 ? each / 255 / 12.92 : ((each / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const ratio = (a, b) => {
  const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
};
// A gradient counts with each of its colours; one that only draws a thin line beside the words does not lie behind them.
const layers = (style) => {
  const own = colour(style.backgroundColor);
  if (style.backgroundImage === "none" || /url\(/.test(style.backgroundImage)) return [own];
  if (style.backgroundRepeat.includes("no-repeat") && style.backgroundSize.split(",").every((size) => parseFloat(size) <= 4)) return [own];
  const stops = [...style.backgroundImage.matchAll(/rgba?\([^)]+\)|color\(srgb [^)]+\)/g)].map(([text]) => colour(text));
  return stops.map((stop) => over(stop, over(own, [0, 0, 0, 0]).slice(0, 3).concat(own[3])));
};
const known = new Map();
// Every ground that the words of an element may stand on: [what lies under them, how an outer see-through part changes it].
const grounds = (one) => {
  if (!one) return [{ under: colour("rgb(255, 255, 255)"), veil: (c) => c }];
  if (known.has(one)) return known.get(one);
  const style = getComputedStyle(one);
  const opacity = parseFloat(style.opacity);
  const found = grounds(one.parentElement).flatMap(({ under, veil }) => layers(style).map((layer) => ({
    under: over(layer, under),
    veil: opacity < 1 && opacity > 0 ? (c) => veil(mixed(c, under, opacity)) : veil,
  })));
  known.set(one, found);
  return found;
};
const lowest = (paint, places) => Math.min(...places.map(({ under, veil }) => ratio(veil(over(paint, under)), veil(under))));
