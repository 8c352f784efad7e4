// All that can be read off an open page without a key press, in one visit. The body of an async function, after paint.js.
// --- Layout shift: what moved by itself, before anybody touched the page ------------------------------------------
const shifts = await new Promise((done) => {
  const seen = [];
  const observer = new PerformanceObserver((list) => seen.push(...list.getEntries()));
  observer.observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done([...seen, ...observer.takeRecords()]), 0)));
});
const moved = shifts.filter((one) => !one.hadRecentInput);

// --- Weight and size ----------------------------------------------------------------------------------------------
const loads = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
const weigh = (wanted) => loads.filter(wanted).reduce((sum, one) => sum + one.transferSize, 0);
const box = (selector) => {
  const all = [...document.querySelectorAll(selector)];
  if (all.length !== 1) return `${all.length} of ${selector}`;
  const { x, y, width, height } = all[0].getBoundingClientRect();
  return [x, y, width, height].map(Math.round);
};
const wide = root.clientWidth;
const sticking = [...document.querySelectorAll("main *, header *, footer *")].filter((one) => {
  const { left, right, width } = one.getBoundingClientRect();
  return width > 0 && (right > wide + 1 || left < -1) && !one.closest(".table, .unseen, .nav, svg, pre, [dir=ltr]");
});

// --- How much of the window is under parts that stay while the page scrolls ------------------------------------------
const covering = () => {
  const main = document.querySelector("main")?.getBoundingClientRect();
  if (!main) return 0;
  const behaviour = root.style.scrollBehavior;
  window.scrollTo({ top: (root.scrollHeight - innerHeight) / 2, behavior: "instant" });
  const parts = [...document.body.querySelectorAll("*")]
    .filter((one) => ["fixed", "sticky"].includes(getComputedStyle(one).position) && shown(one))
    .map((one) => one.getBoundingClientRect())
    .filter((one) => Math.min(one.right, main.right) - Math.max(one.left, main.left) > main.width / 2)
    .map((one) => [Math.max(0, one.top), Math.min(innerHeight, one.bottom)])
    .filter(([top, bottom]) => bottom > top)
    .sort((a, b) => a[0] - b[0]);
  let covered = 0;
  let end = 0;
  for (const [top, bottom] of parts) {
    covered += Math.max(0, bottom - Math.max(top, end));
    end = Math.max(end, bottom);
  }
  window.scrollTo({ top: 0, behavior: "instant" });
  root.style.scrollBehavior = behaviour;
  return Math.round((100 * covered) / innerHeight);
};

// --- Targets for a finger: 44 px both ways. A link inside a sentence is as high as its line (WCAG 2.5.5, "Inline") ----
const inSentence = (one) => {
  if (one.tagName !== "A" || !getComputedStyle(one).display.startsWith("inline")) return false;
  let block = one.parentElement;
  while (block && getComputedStyle(block).display === "inline") block = block.parentElement;
  return block !== null && !["flex", "grid", "inline-flex"].includes(getComputedStyle(block).display) &&
    block.textContent.trim() !== one.textContent.trim();
};
const targets = [...document.querySelectorAll("a[href], button, summary, select, textarea, input:not([type=hidden]), [role=button]")]
  .filter((one) => shown(one) && !disabled(one) && !inSentence(one))
  .map((one) => {
    // A link whose ::after is laid over all of its item is as large as the item.
    const after = getComputedStyle(one, "::after");
    const home = after.content !== "none" && after.position === "absolute" && one.offsetParent ? one.offsetParent : one;
    const boxes = [home, ...(["radio", "checkbox"].includes(one.type) ? one.labels : [])].map((part) => part.getBoundingClientRect());
    const [left, top] = [Math.min(...boxes.map((b) => b.left)), Math.min(...boxes.map((b) => b.top))];
    const [right, bottom] = [Math.max(...boxes.map((b) => b.right)), Math.max(...boxes.map((b) => b.bottom))];
    return { one, home, left, top, right, bottom };
  });
const fixed = (one) => one.closest(".top, .nav, .composer, .menu__list") !== null;
// Two targets that lie over one another are smaller than their boxes say.
const crowded = () => targets.flatMap((a, i) => targets.slice(i + 1)
  .filter((b) => !fixed(a.one) && !fixed(b.one) && !a.home.contains(b.home) && !b.home.contains(a.home))
  .filter((b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 4 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4)
  .map((b) => `${name(a.one)} lies over ${name(b.one)}`));
const small = () => targets
  .filter(({ left, top, right, bottom }) => Math.min(right - left, bottom - top) < 43.5)
  .map(({ one, left, top, right, bottom }) => `${name(one)} ${Math.round(right - left)}×${Math.round(bottom - top)}`);

// --- Movement: nothing runs, and nothing would, for whoever asked for stillness -----------------------------------------
const moving = () => {
  const running = document.getAnimations().map((one) => `${one.constructor.name} on ${name(one.effect.target)}`);
  const ready = [...document.querySelectorAll("body *")].filter((one) => {
    const style = getComputedStyle(one);
    return [style.transitionDuration, style.animationDuration].some((all) => all.split(",").some((each) => parseFloat(each) > 0));
  });
  return [...running, ...ready.map(name)];
};

const pale = () => {
  const folded = [...document.querySelectorAll("details:not([open])")];
  for (const one of folded) one.open = true;
  const findings = [];
  let words = 21;
  let edges = 21;
  const told = (one, what, found, wanted) => {
    if (found < wanted) findings.push(`${what} ${found.toFixed(2)}:1 on ${name(one)}`);
    return found;
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (walk.nextNode()) {
    const one = walk.currentNode.parentElement;
    if (!walk.currentNode.nodeValue.trim() || seen.has(one)) continue;
    seen.add(one);
    if (one.matches("script, style, template, option, noscript, title") || one.closest("svg") || !shown(one) || disabled(one)) continue;
    words = Math.min(words, told(one, "words", lowest(colour(getComputedStyle(one).color), grounds(one)), 7));
  }
  for (const one of document.querySelectorAll("input:not([type=hidden]), select, textarea, button, a.button, summary.button, .action")) {
    if (!shown(one) || disabled(one)) continue;
    const style = getComputedStyle(one);
    const box = one.matches("[type=radio], [type=checkbox]");
    if (box && style.appearance !== "none") findings.push(`${name(one)} is drawn by the browser, in colours of its own`);
    if (one.matches("input, select, textarea") && !box) words = Math.min(words, told(one, "typed words", lowest(colour(style.color), grounds(one)), 7));
    const border = colour(style.borderTopColor);
    const bordered = parseFloat(style.borderTopWidth) > 0 && style.borderTopStyle !== "none" && border[3] > 0;
    if (bordered) edges = Math.min(edges, told(one, "edge", lowest(border, grounds(one.parentElement)), 4.5));
    else if (one.matches("input, select, textarea")) findings.push(`no edge on ${name(one)}`);
  }
  for (const one of document.querySelectorAll("svg")) {
    if (!shown(one) || disabled(one)) continue;
    const style = getComputedStyle(one);
    edges = Math.min(edges, told(one.parentElement, "drawing", lowest(colour(style.stroke === "none" ? style.color : style.stroke), grounds(one)), 4.5));
  }
  for (const one of folded) one.open = false;
  findings.push(...[...unknown].map((text) => `a colour that was not understood: ${text}`));
  return { findings, words, edges };
};
const contrast = pale();

return {
  overflow: root.scrollWidth - wide,
  sticking: sticking.slice(0, 3).map(name),
  weight: weigh(() => true),
  script: weigh((one) => one.name.split("?")[0].endsWith(".js")),
  elsewhere: loads.map((one) => one.name).filter((each) => /^https?:/.test(each) && new URL(each).origin !== location.origin),
  shift: moved.reduce((sum, one) => sum + one.value, 0),
  shifted: moved.flatMap((one) => (one.sources ?? []).map((source) => source.node?.nodeType === 1 ? name(source.node) : String(source.node?.nodeName))).slice(0, 4),
  help: box(".top a[href='/help-now']"),
  leave: box(".top a[data-leave]"),
  headings: document.querySelectorAll("h1").length,
  title: document.title,
  covering: covering(),
  touch: matchMedia("(pointer: coarse)").matches,
  small: [...small(), ...crowded()],
  still: matchMedia("(prefers-reduced-motion: reduce)").matches,
  moving: moving(),
  pale: contrast.findings,
  words: contrast.words,
  edges: contrast.edges,
};
