// What every page can do: leave quickly, choose how the page looks, keep drafts on this device, show times in the reader's zone.
// Pages work without this file; it only makes them quicker to leave and kinder to read.

const root = document.documentElement;

// --- Leave quickly -------------------------------------------------------------------------------------------------------
// The link works alone. With script: the view ends at once, what was typed is cleared, and the history entry is replaced.

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
  document.title = "New tab";
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

// --- How the page looks ----------------------------------------------------------------------------------------------------

function watchTheme() {
  const group = document.querySelector("[data-themes]");
  if (!group) return;
  group.hidden = false;
  const secure = window.location.protocol === "https:" ? "; Secure" : "";
  group.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    const theme = button.dataset.themeChoice;
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    const age = theme ? 31536000 : 0;
    document.cookie = `theme=${theme}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
    for (const other of group.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
  });
}

// --- Drafts: <textarea data-draft="name"> ------------------------------------------------------------------------------------
// Unsent words belong to an account, which stands in their key: `draft:<account>:<name>`, and `outbox:<account>:<room>` in rooms.

const viewer = root.dataset.viewer ?? "";
const UNSENT = /^(?:draft|outbox):([^:]*)/;

// Somebody else may have written here before and gone without signing out: their words are not for whoever is signed in now.
function dropWordsOfOthers() {
  if (!viewer) return;
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      const kept = window[name];
      for (const key of Object.keys(kept)) if ((UNSENT.exec(key)?.[1] ?? viewer) !== viewer) kept.removeItem(key);
    } catch (error) {
      console.warn(`${name} cannot be cleared here`, error.name);
    }
  }
}

function watchDrafts() {
  for (const area of document.querySelectorAll("textarea[data-draft]")) {
    const key = `draft:${viewer}:${area.dataset.draft}`;
    try {
      if (!area.value) area.value = localStorage.getItem(key) ?? "";
      area.addEventListener("input", () => {
        if (area.value) localStorage.setItem(key, area.value);
        else localStorage.removeItem(key);
      });
      // Kept until the server has answered with another page: a send that fails loses nothing.
      area.form?.addEventListener("submit", () => sessionStorage.setItem("sent", key));
    } catch (error) {
      console.warn("drafts cannot be kept on this device", error.name);
    }
  }
}

function dropSentDraft() {
  try {
    const key = sessionStorage.getItem("sent");
    if (!key) return;
    const shownAgain = document.querySelector(".summary, [data-kept]") !== null;
    const cameBack = performance.getEntriesByType("navigation")[0]?.type !== "navigate";
    if (!shownAgain && !cameBack) localStorage.removeItem(key);
    sessionStorage.removeItem("sent");
  } catch (error) {
    console.warn("drafts cannot be read on this device", error.name);
  }
}

// --- Times in the reader's own zone --------------------------------------------------------------------------------------------

const tongue = root.lang === "en" ? "en-GB" : root.lang; // the day before the month, as the server writes it
const clock = new Intl.DateTimeFormat(tongue, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const nearDay = new Intl.DateTimeFormat(tongue, { day: "numeric", month: "long" });
const farDay = new Intl.DateTimeFormat(tongue, { day: "numeric", month: "long", year: "numeric" });

// "yesterday, 23:40"; with near, the hour alone when it is today or still ahead tonight.
export function saidTime(at, near = false, now = new Date()) {
  const midnight = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
  const days = Math.round((midnight(now) - midnight(at)) / 86400000);
  const day = { 0: "today", 1: "yesterday", [-1]: "tomorrow" }[days] ?? (at.getFullYear() === now.getFullYear() ? nearDay : farDay).format(at);
  if (near && (day === "today" || Math.abs(at - now) < 43200000)) return clock.format(at);
  return `${day}, ${clock.format(at)}`;
}

export function localTimes(within = document) {
  for (const time of within.querySelectorAll("time[data-local]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = time.textContent;
    time.textContent = saidTime(at, time.dataset.local === "near");
  }
}

// --- Small kindnesses ------------------------------------------------------------------------------------------------------------

// A folded menu closes on Escape and when something else is chosen.
function watchMenus() {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

watchLeaving();
watchTheme();
dropWordsOfOthers();
dropSentDraft();
watchDrafts();
localTimes();
watchMenus();
document.querySelector(".summary[autofocus]")?.focus();
