// What this device keeps of unsent words, said beside the field, and a way to throw it away. Keeping is the work of drafts.js.

import { beside, draftKey } from "../drafts.js";
import { _ } from "../words.js";

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
  const others = beside(area);
  let thrown = "";
  let thrownBeside = [];

  const show = () => {
    if (area.value) thrown = "";
    line.hidden = !thrown && !(area.value && kept(key) === area.value);
    said.textContent = thrown ? _("Thrown away.") : _("Kept on this device until you post it.");
    button.textContent = thrown ? _("Bring it back") : _("Throw it away");
  };
  button.addEventListener("click", () => {
    const words = thrown;
    thrown = words ? "" : area.value;
    if (words) for (const [name, value] of thrownBeside) others.get(name).value ||= value;
    else {
      thrownBeside = [...others].map(([name, field]) => [name, field.value]);
      for (const field of others.values()) field.value = "";
    }
    write(words); // which tells the form that it changed
    show();
    if (words) area.focus();
    else button.focus();
  });
  area.addEventListener("input", show);
  show();
}
