// The list of messages on the page: drawn from the templates in it, kept in the order of seq.

import { saidTime, wholeTime } from "../times.js";
import { _ } from "../words.js";

export const ROLES = { peer_worker: _("Peer worker"), supervisor: _("Supervisor") };
const GONE = {
  removed: _("The person who wrote this removed it."),
  hidden: _("A supervisor hid this. The reason is with the person who wrote it."),
  held: _("This waits for a supervisor to read it."),
};
const HELD_OWN = _("Only you can see this so far. A supervisor will read it first.");
const YOU = _("You");
// What came back for a message, by its name in the protocol.
const PHRASES = {
  with_you: (count) => _("with you: %(count)s", { count }),
  thank_you: (count) => _("thank you: %(count)s", { count }),
  me_too: (count) => _("me too: %(count)s", { count }),
};

export function dress(slot, symbols, { symbol, colour }) {
  slot.className = `token token--small token-${colour || "slate"}`;
  slot.querySelector("use").setAttribute("href", `${symbols}#${symbol || "cairn"}`);
}

export class Talk {
  // actions(message): the elements that stand under a message. me: the reader's public id.
  constructor(list, me, actions) {
    this.list = list;
    this.me = me;
    this.actions = actions;
    this.template = document.getElementById("message-template");
    this.veil = document.getElementById("veil-template");
    this.symbols = this.template.dataset.symbols;
    this.icons = this.template.dataset.icons;
  }

  element(id) {
    return document.getElementById(`message-${id}`);
  }

  icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("focusable", "false");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${this.icons}#${name}`);
    svg.append(use);
    return svg;
  }

  // Everything that has its place goes; what waits for a supervisor has none yet and stays.
  clear() {
    for (const item of [...this.list.children]) if (Number(item.dataset.seq) || !item.dataset.id) item.remove();
  }

  // Put a message in its place, or draw it anew where it stands. Returns its element.
  show(message) {
    const made = this.draw(message);
    let standing = this.element(message.id);
    if (standing && Number(standing.dataset.seq) !== message.seq) {
      standing.remove(); // it waited for a supervisor and gets its place now
      standing = null;
    }
    if (standing) {
      const focused = standing.contains(document.activeElement);
      standing.replaceWith(made);
      if (focused) hold(made);
    } else {
      this.list.insertBefore(made, this.after(message.seq));
    }
    this.requote(message);
    return made;
  }

  // The first element that stands after `seq`: a later message, or what is still on its way.
  after(seq) {
    let before = null;
    for (let item = this.list.lastElementChild; item; item = item.previousElementSibling) {
      const other = Number(item.dataset.seq || 0);
      if (other && other < seq) break;
      before = item;
    }
    return before;
  }

  draw(message) {
    const own = message.author.id === this.me;
    const item = this.template.content.firstElementChild.cloneNode(true);
    const slot = (name) => item.querySelector(`[data-slot="${name}"]`);
    item.id = `message-${message.id}`;
    Object.assign(item.dataset, { id: message.id, seq: message.seq ?? "", rev: message.rev });
    item.classList.toggle("message--own", own);
    dress(slot("token"), this.symbols, message.author.token);
    slot("by").textContent = own ? YOU : message.author.name;
    if (ROLES[message.author.role]) slot("role").textContent = ROLES[message.author.role];
    else slot("role").remove();
    const at = new Date(message.at);
    Object.assign(slot("at"), { dateTime: message.at, textContent: saidTime(at, true), title: wholeTime(at) });
    if (!message.edited_at || message.state !== "published") slot("edited").remove();
    this.drawAnswers(slot("answers"), slot("answers-link"), message);
    this.drawWords(slot("words"), message, own);
    slot("state").textContent = own ? counted(message.reactions) : "";
    slot("actions").append(...this.actions(message, own));
    return item;
  }

  drawAnswers(line, link, message) {
    if (!message.reply_to) {
      line.remove();
      return;
    }
    const known = this.element(message.reply_to);
    link.href = `#message-${message.reply_to}`;
    link.dataset.answers = message.reply_to;
    link.textContent = quote(message.reply, known);
  }

  // Who quotes this message shows it as it now stands: words that were taken back must not stay in a quote.
  requote(message) {
    for (const link of this.list.querySelectorAll(`a[data-answers="${CSS.escape(message.id)}"]`)) {
      const name = message.author.id === this.me ? YOU : message.author.name;
      link.textContent = quote({ name, excerpt: excerpt(message) }, null);
    }
  }

  drawWords(place, message, own) {
    const waits = message.state === "held" && own && message.html;
    if (message.state !== "published" && !waits) {
      const words = own && message.state === "removed" ? _("You removed this.") : GONE[message.state] ?? GONE.hidden;
      place.replaceWith(this.gone(words, message.state === "removed" ? "trash-2" : "shield"));
      return;
    }
    if (waits) place.before(this.gone(HELD_OWN, "clock", "held"));
    if (message.content_note) {
      const veil = this.veil.content.firstElementChild.cloneNode(true);
      veil.querySelector('[data-slot="note"]').textContent = _("Content note: %(note)s", { note: message.content_note });
      veil.querySelector('[data-slot="words"]').innerHTML = message.html; // made safe by the server
      place.replaceWith(veil);
    } else {
      place.innerHTML = message.html; // made safe by the server
    }
  }

  gone(words, icon = "shield", kind = "gone") {
    const line = document.createElement("p");
    line.className = kind;
    line.append(this.icon(icon), words);
    return line;
  }

  // What was written here and is not known to be kept yet.
  showWaiting(item, state, actions) {
    const id = `waiting-${item.client_id}`;
    const made = this.draw({
      id, seq: null, rev: 0, author: { id: this.me, name: YOU, token: this.ownToken(), role: "" }, at: new Date().toISOString(),
      html: "", state: "published", content_note: "", reply_to: item.reply_to, reply: null, reactions: {},
    });
    made.classList.add("message--waiting");
    made.querySelector('[data-slot="words"]').textContent = item.body;
    made.querySelector('[data-slot="words"]').classList.add("as-typed");
    made.querySelector('[data-slot="state"]').textContent = state;
    made.querySelector('[data-slot="actions"]').replaceChildren(...actions);
    const standing = this.element(id);
    if (standing) standing.replaceWith(made);
    else this.list.append(made);
    return made;
  }

  dropWaiting(clientId) {
    this.element(`waiting-${clientId}`)?.remove();
  }

  ownToken() {
    return { symbol: this.list.dataset.symbol, colour: this.list.dataset.colour };
  }

  // A line across before the first message after `seq`.
  divide(seq, words) {
    this.list.querySelector(".fresh")?.remove();
    const next = [...this.list.children].find((item) => Number(item.dataset.seq || 0) > seq);
    if (!next) return;
    const line = document.createElement("li");
    line.className = "fresh";
    line.dataset.seq = next.dataset.seq - 0.5;
    const text = document.createElement("span");
    text.textContent = words;
    line.append(text);
    next.before(line);
  }
}

// What had the focus was drawn anew: it goes to the first thing that can be done there, else to the message itself.
function hold(message) {
  const next = message.querySelector("button, summary, a") ?? message;
  if (next === message) message.tabIndex = -1;
  next.focus({ preventScroll: true });
}

function quote(reply, known) {
  if (reply?.name) return reply.excerpt ? _("%(name)s: %(words)s", { name: reply.name, words: reply.excerpt }) : reply.name;
  return known ? known.querySelector(".message__by").textContent : _("an earlier message");
}

function excerpt(message) {
  if (message.state !== "published" || message.content_note) return "";
  const text = new DOMParser().parseFromString(message.html, "text/html").body.textContent.replace(/\s+/g, " ").trim();
  return text.length > 80 ? `${text.slice(0, 79).trimEnd()}…` : text;
}

function counted(reactions) {
  return Object.entries(reactions ?? {}).map(([phrase, count]) => PHRASES[phrase]?.(count) ?? "").filter(Boolean).join(" · ");
}
