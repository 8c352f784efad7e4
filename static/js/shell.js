// What every page can do: choose how the page looks, keep drafts on this device (drafts.js), show times in the reader's zone.
// Pages work without this file; it only makes them kinder to read. Leaving quickly has a file of its own, which waits for nothing.

import { dropSentDraft, dropWordsOfOthers, watchDrafts } from "./drafts.js";
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
