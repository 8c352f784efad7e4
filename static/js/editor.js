// The field for writing, <div data-editor> (templates/macros/write.html): a toolbar for the few marks there are, a preview, how much
// room is left, what is kept. Without this file it is a plain textarea, and the page's own buttons do what is needed.

import { watchCount } from "./editor/count.js";
import { watchDraft } from "./editor/draft.js";
import { emphasis, link, list, quote } from "./editor/marks.js";
import { watchPreview } from "./editor/preview.js";
import { rove } from "./editor/rove.js";
import { _ } from "./words.js";

const APPLE = /Mac|iPhone|iPad/.test(navigator.platform);

const tools = () => [
  { label: _("Bold"), icon: "bold", mark: emphasis("**"), key: "b" },
  { label: _("Italic"), icon: "italic", mark: emphasis("*"), key: "i" },
  { label: _("Link"), icon: "link", mark: link(_("words to show")), key: "k" },
  { label: _("Quote"), icon: "quote", mark: quote },
  { label: _("List"), icon: "list", mark: list(false) },
  { label: _("Numbered list"), icon: "list-ordered", mark: list(true) },
];

// In a way that the browser's own undo takes back. Where it offers none, the words are set all the same.
function put(area, { from, to, text, start, end }) {
  area.focus();
  if (text !== area.value.slice(from, to)) {
    area.setSelectionRange(from, to);
    const done = text ? document.execCommand("insertText", false, text) : document.execCommand("delete");
    if (!done) {
      area.setRangeText(text, from, to);
      area.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
  }
  area.setSelectionRange(start, end);
}

function button(tool, icons, act) {
  const one = document.createElement("button");
  const [named, keys] = APPLE ? [`⌘${tool.key?.toUpperCase()}`, "Meta"] : [`Ctrl+${tool.key?.toUpperCase()}`, "Control"];
  one.type = "button";
  one.className = "editor__tool";
  one.setAttribute("aria-label", tool.label);
  one.title = tool.key ? _("%(name)s (%(keys)s)", { name: tool.label, keys: named }) : tool.label;
  if (tool.key) one.setAttribute("aria-keyshortcuts", `${keys}+${tool.key.toUpperCase()}`);
  one.innerHTML = '<svg class="icon" aria-hidden="true" focusable="false"><use></use></svg>';
  one.querySelector("use").setAttribute("href", `${icons}#${tool.icon}`);
  one.addEventListener("click", act);
  return one;
}

function watchEditor(editor) {
  const area = editor.querySelector("textarea");
  const [head, foot] = [editor.querySelector("[data-head]"), editor.querySelector("[data-foot]")];
  const all = tools();
  const use = (tool) => put(area, tool.mark(area.value, area.selectionStart, area.selectionEnd));

  const bar = document.createElement("div");
  bar.className = "editor__tools";
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", _("How words look"));
  bar.setAttribute("aria-controls", area.id);
  bar.append(...all.map((tool) => button(tool, editor.dataset.icons, () => use(tool))));
  head.append(bar);
  rove(bar, () => [...bar.children]);

  area.addEventListener("keydown", (event) => {
    if (event.altKey || event.shiftKey || event.isComposing || !(APPLE ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey)) return;
    const key = /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : event.code.replace("Key", "").toLowerCase();
    const tool = all.find((one) => one.key === key);
    if (!tool) return;
    event.preventDefault();
    use(tool);
  });

  if (editor.dataset.preview) {
    const writing = document.createElement("div");
    area.before(writing);
    const focused = document.activeElement === area;
    writing.append(area);
    if (focused) area.focus();
    watchPreview(area, head, writing, bar, editor.dataset.preview);
  }
  if (editor.dataset.limit) {
    const count = document.createElement("p");
    count.className = "editor__count soft small";
    count.setAttribute("aria-live", "polite");
    foot.append(count);
    watchCount(area, count, Number(editor.dataset.limit));
  }
  if (area.dataset.draft) {
    watchDraft(area, foot, (text) => put(area, { from: 0, to: area.value.length, text, start: text.length, end: text.length }));
  }
  editor.dataset.ready = "yes";
}

for (const editor of document.querySelectorAll("[data-editor]")) watchEditor(editor);
