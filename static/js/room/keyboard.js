// The keyboard of a phone lies over the page: the field for writing stays above it, and the bar at the foot makes way.

const SMALLEST_PX = 120; // less is the browser's own bar coming and going

export function watchKeyboard(moved) {
  const seen = window.visualViewport;
  if (!seen) return;
  const root = document.documentElement;
  let before = 0;
  const look = () => {
    const zoomed = seen.scale > 1.1; // then the window is small for another reason
    const under = zoomed ? 0 : Math.max(0, Math.round(window.innerHeight - seen.height - seen.offsetTop));
    const height = under < SMALLEST_PX ? 0 : under;
    if (height === before) return;
    before = height;
    root.style.setProperty("--keyboard", `${height}px`);
    root.classList.toggle("has-keyboard", height > 0);
    moved();
  };
  seen.addEventListener("resize", look);
  seen.addEventListener("scroll", look);
  look();
}
