// One stop for the Tab key in a row of buttons; arrow keys go along it, the way the page reads.

export function rove(row, buttons) {
  const to = (chosen) => {
    for (const one of buttons()) one.tabIndex = one === chosen ? 0 : -1;
  };
  row.addEventListener("keydown", (event) => {
    const all = buttons();
    const at = all.indexOf(document.activeElement);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const forward = getComputedStyle(row).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const next = {
      [forward]: at + 1, [forward === "ArrowRight" ? "ArrowLeft" : "ArrowRight"]: at - 1 + all.length, Home: 0, End: all.length - 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    all[next % all.length].focus();
  });
  row.addEventListener("focusin", (event) => {
    if (buttons().includes(event.target)) to(event.target);
  });
  to(buttons()[0]);
  return { to };
}
