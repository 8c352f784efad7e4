// What this device keeps of unsent words, said beside the field, and a way to throw it away. Keeping is shell.js's work.

import { _ } from "../words.js";

const viewer = document.documentElement.dataset.viewer ?? "";

export const draftKey = (name) => `draft:${viewer}:${name}`;

function kept(key) {
  try {
    return localStorage.getItem(key);
  } catch (error) {
    console.warn("drafts cannot be read on this device", error.name);
    return null;
  }
}

// `foot` takes the line; `write(words)` puts words into the field in a way that can be undone.
export function watchDraft(area, foot, write) {
  const key = draftKey(area.dataset.draft);
  const line = document.createElement("p");
  line.className = "editor__draft soft small";
  line.hidden = true;
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "editor__away";
  line.append(said, " ", button);
  foot.append(line);
  let thrown = "";

  const show = () => {
    if (area.value) thrown = "";
    line.hidden = !thrown && !(area.value && kept(key) === area.value);
    said.textContent = thrown ? _("Thrown away.") : _("Kept on this device until you post it.");
    button.textContent = thrown ? _("Bring it back") : _("Throw it away");
  };
  button.addEventListener("click", () => {
    const words = thrown;
    thrown = words ? "" : area.value;
    write(words);
    show();
    if (words) area.focus();
    else button.focus();
  });
  area.addEventListener("input", show);
  show();
}

// A page that sends what was written on another says so by <form data-sends-draft="name">: once the server has answered with
// the post, nothing stays on the device. shell.js does that for a form that holds the field itself.
export function watchSending() {
  const form = document.querySelector("form[data-sends-draft]");
  form?.addEventListener("submit", () => {
    try {
      sessionStorage.setItem("sent", draftKey(form.dataset.sendsDraft));
    } catch (error) {
      console.warn("drafts cannot be kept on this device", error.name);
    }
  });
}
