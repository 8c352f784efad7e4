// What this device keeps of unsent words, said beside the field, and a way to throw it away. Keeping is the work of drafts.js.

import { parts } from "../drafts.js";
import { _ } from "../words.js";

function isKept([key, field]) {
  try {
    return !field.value || localStorage.getItem(key) === field.value;
  } catch (error) {
    console.warn("drafts cannot be read on this device", error.name);
    return false;
  }
}

// `foot` takes the line; `write(words)` puts words into the field in a way that can be undone.
export function watchDraft(area, foot, write) {
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
  const all = parts(area);
  let thrown = null; // what stood in all of them

  const show = () => {
    const some = all.some(([, field]) => field.value);
    if (some) thrown = null;
    line.hidden = !thrown && !(some && all.every(isKept));
    said.textContent = thrown ? _("Thrown away.") : _("Kept on this device until you post it.");
    button.textContent = thrown ? _("Bring it back") : _("Throw it away");
  };
  button.addEventListener("click", () => {
    const back = thrown;
    const before = all.map(([, field]) => field.value);
    all.slice(1).forEach(([, field], i) => { field.value = back?.[i + 1] ?? ""; });
    write(back?.[0] ?? "");
    area.dispatchEvent(new Event("input", { bubbles: true })); // the words may be the same, what is beside them is not
    thrown = back ? null : before;
    show();
    if (back) area.focus();
    else button.focus();
  });
  (area.form ?? area).addEventListener("input", show);
  show();
}
