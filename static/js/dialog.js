// Questions and sheets over a page: <dialog> elements (macros/over.html). The browser keeps the focus inside, closes on Escape and
// gives the focus back; where what had it is gone by then, `back` gets it.

// Open a dialog. Resolves when it closes: with the value of the button that was pressed, or "" for no, Escape and anything else.
export function answered(dialog, back = null) {
  if (dialog.open) return Promise.resolve("");
  const opener = document.activeElement;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      if (!opener?.isConnected || opener === document.body) back?.focus({ preventScroll: true });
      done(dialog.returnValue);
    }, { once: true });
  });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-dialog]");
  const dialog = link && document.getElementById(link.dataset.dialog);
  if (dialog) {
    event.preventDefault(); // the page it leads to is for when there is no script
    answered(dialog);
    return;
  }
  const button = event.target.closest("dialog [data-answer]");
  if (button) button.closest("dialog").close(button.dataset.answer);
});
