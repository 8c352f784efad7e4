// How much room is left, said only when it gets tight. Drafts are kept by shell.js; without script the server counts.

const NEAR = 0.9;

for (const line of document.querySelectorAll("[data-count]")) {
  const area = line.closest("form")?.elements[line.dataset.count];
  const limit = Number(line.dataset.limit);
  if (!area) continue;
  const count = () => {
    const length = [...area.value.trim()].length; // characters as the server counts them, not UTF-16 units
    line.hidden = length < NEAR * limit;
    line.textContent = length > limit ? `${length - limit} characters too many. Nothing is lost.` : `${limit - length} characters left`;
  };
  area.addEventListener("input", count);
  count();
}
