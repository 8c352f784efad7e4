// Write and preview: two tabs over the field. What is shown comes from the server's own renderer, which keeps nothing.

import { _ } from "../words.js";
import { rove } from "./rove.js";

const PATIENCE_MS = 10000;

function tab(label, id, panel) {
  const one = document.createElement("button");
  Object.assign(one, { type: "button", className: "editor__tab", textContent: label, id });
  one.setAttribute("role", "tab");
  one.setAttribute("aria-controls", panel);
  return one;
}

async function ask(address, area) {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const note = area.form?.elements.content_note?.value ?? "";
  const answer = await fetch(address, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": token },
    body: new URLSearchParams({ body: area.value, content_note: note }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const got = await answer.json();
  return answer.ok ? got : { words: got.error.message };
}

// Puts the tabs into `head`; `writing` holds what is hidden while the preview is read; `tools` is the toolbar.
export function watchPreview(area, head, writing, tools, address) {
  const panel = document.createElement("div");
  Object.assign(panel, { className: "editor__preview", id: `${area.id}-preview`, hidden: true, tabIndex: 0 });
  panel.setAttribute("role", "tabpanel");
  writing.id = `${area.id}-writing`;
  writing.setAttribute("role", "tabpanel");
  const tabs = document.createElement("div");
  tabs.className = "editor__tabs";
  tabs.setAttribute("role", "tablist");
  tabs.setAttribute("aria-label", _("Write or look"));
  const [write, look] = [
    tab(_("Write"), `${area.id}-to-write`, writing.id), tab(_("Preview"), `${area.id}-to-look`, panel.id),
  ];
  panel.setAttribute("aria-labelledby", look.id);
  writing.setAttribute("aria-labelledby", write.id);
  const said = document.createElement("p");
  said.className = "unseen";
  said.setAttribute("role", "status");
  tabs.append(write, look);
  head.prepend(tabs);
  writing.after(panel, said);
  let turn = 0;

  function open(chosen) {
    const looking = chosen === look;
    for (const one of [write, look]) one.setAttribute("aria-selected", String(one === chosen));
    roving.to(chosen);
    if (looking && panel.hidden) panel.style.setProperty("--least", `${writing.offsetHeight}px`);
    writing.hidden = looking;
    panel.hidden = !looking;
    tools.classList.toggle("is-away", looking);
    turn += 1;
    said.textContent = "";
    if (looking) draw(turn);
  }

  function plain(words) {
    const line = document.createElement("p");
    line.className = "soft";
    line.textContent = words;
    panel.replaceChildren(line);
  }

  async function draw(mine) {
    plain(_("One moment…"));
    let got;
    try {
      got = await ask(address, area);
    } catch (error) {
      console.warn("the preview did not come", error.name);
      got = { words: _("The preview did not come. What you wrote is kept. Please try again in a minute.") };
    }
    if (mine !== turn) return; // somebody went back to writing, or asked anew
    if (got.html === undefined) plain(got.words);
    else panel.innerHTML = got.html; // made safe by the server's renderer
    said.textContent = got.html === undefined ? got.words : _("This is how it will look. Nothing is posted yet.");
  }

  const roving = rove(tabs, () => [write, look]);
  for (const one of [write, look]) one.addEventListener("click", () => open(one));
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    open(write);
    area.focus();
  });
  open(write);
}
