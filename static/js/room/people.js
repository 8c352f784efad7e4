// Beside the talk: who is there, who is writing, whether the room takes messages.

import { dress, saidAt } from "./talk.js";

const ROLES = { peer_worker: "Peer worker", supervisor: "Supervisor" };
const WRITING_MS = 5000;
const SHUT = {
  read_only: "Nobody is on duty here just now, so this room can be read but not written in.",
  closed: "This room is closed just now. It can still be read.",
  archived: "This room has ended. It can still be read.",
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
      ...keepers.map((person) => this.draw(person, "on duty")),
      ...here.map((person) => this.draw(person, "")),
    );
    const and = keepers.length || here.length ? "and " : "";
    this.reading.textContent = reading ? `${and}${reading} just reading` : "";
  }

  draw(person, detail) {
    const item = this.template.content.firstElementChild.cloneNode(true);
    const slot = (name) => item.querySelector(`[data-slot="${name}"]`);
    dress(slot("token"), this.symbols, person.token);
    slot("name").textContent = person.name;
    if (ROLES[person.role]) slot("role").textContent = ROLES[person.role];
    else slot("role").remove();
    slot("detail").textContent = detail;
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
    else if (names.length === 1) this.line.textContent = `${names[0]} is writing…`;
    else if (names.length === 2) this.line.textContent = `${names[0]} and ${names[1]} are writing…`;
    else this.line.textContent = "Several people are writing…";
  }
}

// Returns whether the room takes messages.
export function showState(state, until) {
  const open = state === "open";
  document.querySelector("[data-presence-open]").hidden = !open;
  document.querySelector("[data-presence-closed]").hidden = open;
  document.querySelector("[data-until]").textContent = open && until ? ` until ${saidAt(until).text}` : "";
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
