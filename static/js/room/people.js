// Beside the talk: who is there, who is writing, whether the room takes messages.

import { saidTime } from "../times.js";
import { _, ngettext } from "../words.js";
import { ROLES, dress } from "./talk.js";

const WRITING_MS = 5000;
const SHUT = {
  read_only: _("Nobody is on duty here just now, so this room can be read but not written in."),
  paused: _("Whoever is on duty here has lost the connection, so this room can be read but not written in. It opens again when they are back."),
  closed: _("This room is closed just now. It can still be read."),
  archived: _("This room has ended. It can still be read."),
};

export class People {
  constructor(symbols) {
    this.list = document.querySelector("[data-people-list]");
    this.reading = document.querySelector("[data-reading]");
    this.template = document.getElementById("person-template");
    this.symbols = symbols;
  }

  show({ keepers, here, reading }) {
    this.list.replaceChildren(
      ...keepers.map((person) => this.draw(person, true)),
      ...here.map((person) => this.draw(person, false)),
    );
    const named = keepers.length + here.length;
    if (!reading) this.reading.textContent = named ? "" : _("Nobody just now.");
    else if (named) this.reading.textContent = ngettext("and %(num)s just reading", "and %(num)s just reading", reading);
    else this.reading.textContent = ngettext("%(num)s just reading", "%(num)s just reading", reading);
  }

  draw(person, keeps) {
    const item = this.template.content.firstElementChild.cloneNode(true);
    item.classList.toggle("on-duty", keeps);
    const slot = (name) => item.querySelector(`[data-slot="${name}"]`);
    dress(slot("token"), this.symbols, person.token);
    slot("name").textContent = person.name;
    if (ROLES[person.role]) slot("role").textContent = ROLES[person.role];
    else slot("role").remove();
    slot("detail").textContent = keeps ? _("on duty") : "";
    return item;
  }
}

export class Typing {
  constructor(line) {
    this.line = line;
    this.names = new Map();
  }

  saw(person) {
    clearTimeout(this.names.get(person.id)?.timer);
    this.names.set(person.id, { name: person.name, timer: setTimeout(() => this.forget(person.id), WRITING_MS) });
    this.show();
  }

  forget(id) {
    if (!this.names.has(id)) return;
    clearTimeout(this.names.get(id).timer);
    this.names.delete(id);
    this.show();
  }

  show() {
    const names = [...this.names.values()].map((one) => one.name);
    if (!names.length) this.line.textContent = "";
    else if (names.length === 1) this.line.textContent = _("%(name)s is writing…", { name: names[0] });
    else if (names.length === 2) this.line.textContent = _("%(one)s and %(other)s are writing…", { one: names[0], other: names[1] });
    else this.line.textContent = _("Several people are writing…");
  }
}

// Returns whether the room takes messages.
export function showState(state, until) {
  const open = state === "open";
  document.querySelector("[data-presence-open]").hidden = !open;
  document.querySelector("[data-presence-closed]").hidden = open;
  const words = until ? _("Open until %(time)s", { time: saidTime(new Date(until), true) }) : _("Open");
  document.querySelector("[data-until]").textContent = words;
  document.querySelector("[data-shut]").hidden = open;
  if (!open) document.querySelector("[data-shut-words]").textContent = SHUT[state] ?? SHUT.closed;
  return open;
}

export function showInbox(unread) {
  for (const badge of document.querySelectorAll("[data-inbox-count]")) {
    badge.hidden = !unread;
    const number = badge.querySelector(".nav__number");
    if (number) number.textContent = unread || "";
  }
}
