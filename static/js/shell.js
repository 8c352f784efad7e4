// What every page can do: choose how the page looks, keep drafts on this device, show times in the reader's zone.
// Pages work without this file; it only makes them kinder to read. Leaving quickly has a file of its own, which waits for nothing.

import { localTimes } from "./times.js";

const root = document.documentElement;

// --- How the page looks ----------------------------------------------------------------------------------------------------

function watchTheme() {
  const group = document.querySelector("[data-themes]");
  if (!group) return;
  const secure = window.location.protocol === "https:" ? "; Secure" : "";
  group.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    event.preventDefault(); // no page has to come for it
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
    const shownAgain = document.querySelector(".summary, [data-keeps-draft]") !== null;
    const cameBack = performance.getEntriesByType("navigation")[0]?.type !== "navigate";
    if (!shownAgain && !cameBack) localStorage.removeItem(key);
    sessionStorage.removeItem("sent");
  } catch (error) {
    console.warn("drafts cannot be read on this device", error.name);
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

// A browser brings only the line with the cursor into sight; the field is shown whole, clear of what stays at the edges.
function watchFields() {
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches("textarea") && target.offsetHeight < window.innerHeight / 2) target.scrollIntoView({ block: "nearest" });
  });
}

watchFields();
watchTheme();
dropWordsOfOthers();
dropSentDraft();
watchDrafts();
localTimes();
watchMenus();
document.querySelector(".summary[autofocus]")?.focus();
