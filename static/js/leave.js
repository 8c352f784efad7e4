// Leaving quickly. On every page, imports nothing and waits for nothing. The link works alone; with this file the view ends at
// once, what was typed is cleared, and the history entry is replaced.

const root = document.documentElement;

function forget() {
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      window[name].clear();
    } catch (error) {
      console.warn(`${name} cannot be cleared here`, error.name);
    }
  }
}

function leave(address) {
  root.classList.add("is-left");
  document.title = document.querySelector("[data-leave]").dataset.title;
  window.dispatchEvent(new CustomEvent("peerspace:leave"));
  forget();
  window.location.replace(address);
}

function watchLeaving() {
  const link = document.querySelector("[data-leave]");
  if (!link) return;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    leave(link.href);
  });
  // Shift three times within two seconds, alone: Shift held for a capital letter does not count.
  let presses = [];
  let alone = false;
  window.addEventListener("keydown", (event) => {
    if (event.key !== "Shift") {
      alone = false;
      presses = [];
    } else if (!event.repeat) {
      alone = true;
    }
  }, true);
  window.addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !alone) return;
    const now = Date.now();
    presses = [...presses.filter((at) => now - at < 2000), now];
    if (presses.length >= 3) leave(link.href);
  }, true);
  // A page brought back from the browser's memory after leaving must not show what it held.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && root.classList.contains("is-left")) window.location.replace(link.href);
  });
  document.querySelector("[data-sign-out]")?.form.addEventListener("submit", forget);
}

watchLeaving();
