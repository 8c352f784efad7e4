// Leaving quickly. On every page, imports nothing and waits for nothing. The link works alone (peerspace/web/leaving.py); with this
// file the view ends at once and asks no server, what was typed is cleared, and the history entry is replaced. The cookie makes the
// server cover every page that Back leads to; pages that the browser holds in its memory are covered here.

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

function leave(link) {
  root.classList.add("is-left");
  document.title = link.dataset.title;
  document.cookie = `left=yes; path=/; SameSite=Lax${window.location.protocol === "https:" ? "; Secure" : ""}`;
  window.dispatchEvent(new CustomEvent("peerspace:leave"));
  forget();
  window.location.replace(link.dataset.exit);
}

function watchLeaving() {
  const link = document.querySelector("[data-leave]");
  if (!link) return;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    leave(link);
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
    if (presses.length >= 3) leave(link);
  }, true);
  // A page goes into the browser's memory covered, and is only uncovered where nobody left meanwhile: not one frame of it is seen.
  window.addEventListener("pagehide", (event) => {
    if (event.persisted) root.classList.add("is-away");
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    if (/(?:^|; )left=/.test(document.cookie)) window.location.replace("/paused");
    else root.classList.remove("is-away");
  });
  document.querySelector("[data-sign-out]")?.form.addEventListener("submit", forget);
}

watchLeaving();
