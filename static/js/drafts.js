// What this device keeps of unsent words: under `draft:<account>:<name>` those of <textarea data-draft="name">, and under that and
// `:<field>` what else its form asks for, a title, a note, a choice. An outbox of a room stands under `outbox:<account>:<room>`.

const viewer = document.documentElement.dataset.viewer ?? "";
const UNSENT = /^(?:draft|outbox):([^:]*)/;

const draftKey = (name) => `draft:${viewer}:${name}`;

// Somebody else may have written here before and gone without signing out: their words are not for whoever is signed in now.
export function dropWordsOfOthers() {
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

// One dot of a choice stands for all of it. RadioNodeList has a `value` too, but an empty one chooses nothing there.
class Choice {
  constructor(dots) {
    this.dots = dots;
  }

  get value() {
    return this.dots.find((dot) => dot.checked)?.value ?? "";
  }

  set value(chosen) {
    for (const dot of this.dots) dot.checked = dot.value === chosen;
  }
}

// What a form asks for beside the field, by name. Each has a `value` to read and to set.
function beside(area) {
  const elements = [...(area.form?.elements ?? [])];
  const dots = (of) => elements.filter(({ name, type }) => name === of && type === "radio");
  const asked = elements.filter(({ name, type }) => name && (type === "text" || type === "radio"));
  return new Map(asked.map((one) => [one.name, one.type === "radio" ? new Choice(dots(one.name)) : one]));
}

function keep(key, value) {
  if (value) localStorage.setItem(key, value);
  else localStorage.removeItem(key);
}

// What belongs to a draft: [key, field], the words themselves first.
export function parts(area) {
  const key = draftKey(area.dataset.draft);
  return [[key, area], ...[...beside(area)].map(([name, field]) => [`${key}:${name}`, field])];
}

function bringBack(key, field) {
  const kept = localStorage.getItem(key);
  if (field.value || !kept) return;
  field.value = kept;
  field.closest?.("details")?.setAttribute("open", ""); // nothing is posted that was not seen
}

// What a form sends is kept until the server has answered with another page: a send that fails loses nothing.
function watchSending(form, key) {
  form?.addEventListener("submit", () => {
    try {
      sessionStorage.setItem("sent", key);
    } catch (error) {
      console.warn("drafts cannot be kept on this device", error.name);
    }
  });
}

export function watchDrafts() {
  for (const area of document.querySelectorAll("textarea[data-draft]")) {
    const all = parts(area);
    try {
      for (const [key, field] of all) bringBack(key, field);
      // Before anybody who asks what is kept: this listens on the way down.
      (area.form ?? area).addEventListener("input", () => all.forEach(([key, field]) => keep(key, field.value)), true);
      watchSending(area.form, all[0][0]);
    } catch (error) {
      console.warn("drafts cannot be kept on this device", error.name);
    }
  }
  // A page that sends what was written on another says so by <form data-sends-draft="name">.
  const other = document.querySelector("form[data-sends-draft]");
  watchSending(other, draftKey(other?.dataset.sendsDraft));
}

export function dropSentDraft() {
  try {
    const sent = sessionStorage.getItem("sent");
    if (!sent) return;
    const shownAgain = document.querySelector(".summary, [data-keeps-draft]") !== null;
    const cameBack = performance.getEntriesByType("navigation")[0]?.type !== "navigate";
    if (!shownAgain && !cameBack) {
      for (const key of Object.keys(localStorage)) if (key === sent || key.startsWith(`${sent}:`)) localStorage.removeItem(key);
    }
    sessionStorage.removeItem("sent");
    // An error's page sends the same again.
    watchSending(document.querySelector("form[data-sends-again]"), sent);
  } catch (error) {
    console.warn("drafts cannot be read on this device", error.name);
  }
}
