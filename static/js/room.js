// A room's page, live. The page holds its last messages before this runs; from here on they are drawn from what the server tells.

import { answered } from "./dialog.js";
import { watchAloud } from "./room/aloud.js";
import { watchKeyboard } from "./room/keyboard.js";
import { Line } from "./room/line.js";
import { Outbox } from "./room/outbox.js";
import { makeParts } from "./room/parts.js";
import { People, Typing, showInbox, showState } from "./room/people.js";
import { Report } from "./room/report.js";
import { Talk } from "./room/talk.js";
import { toast } from "./toast.js";
import { _, ngettext } from "./words.js";

const TYPING_MS = 3000;
const NEAR_PX = 140;
const SHORT_PX = 200;

const find = (name) => document.querySelector(`[data-${name}]`);
const place = find("room");
const room = place.dataset.room;
const me = place.dataset.me;
const limit = Number(place.dataset.limit);
const newest = Number(place.dataset.newest);
const composer = find("composer");
const body = find("body");
const note = find("note");
const csrf = document.querySelector('meta[name="csrf-token"]').content;

let open = place.dataset.state === "open";
let about = null; // {kind: "answer" | "edit", message}
let aside = null; // {words, about}: what was being written when changing an older message began
let typedAt = 0;
let left = false;
let wasAtEnd = false;

// --- What can be done with a message -----------------------------------------------------------------------------------------

const { action, link, menu } = makeParts((name) => talk.icon(name));
const phrases = [...document.getElementById("phrases").content.querySelectorAll("option")].map((one) => [one.value, one.textContent]);

function actionsOf(message, own) {
  if (message.state !== "published") return own && message.state === "held" ? [action(_("Remove"), "trash-2", () => remove(message))] : [];
  const reply = action(_("Reply"), "corner-down-right", () => answer(message));
  if (own) {
    return [reply, action(_("Edit"), "pencil", () => edit(message)), action(_("Remove"), "trash-2", () => remove(message))];
  }
  return [
    reply,
    menu(_("With you"), "heart-handshake", phrases.map(([phrase, label]) => action(label, "heart", (button) => react(message, phrase, button)))),
    menu(_("More"), "ellipsis", [
      action(_("Report"), "flag", () => sheet.open(message, body)),
      link(_("Block"), "ban", `/members/${encodeURIComponent(message.author.id)}/block?back=${encodeURIComponent(`/rooms/${room}`)}`),
    ]),
  ];
}

// --- What is seen ----------------------------------------------------------------------------------------------------------------

const talk = new Talk(find("talk"), me, actionsOf);
const people = new People(talk.symbols);
const typing = new Typing(find("typing"));

// How far to scroll so that the talk ends with the field for writing at the foot of the window. That is not where the page
// ends: on a phone the people in the room stand below. The page's scroll padding, which keeps the focus clear of that field,
// must not count here.
function end() {
  return Math.max(0, place.getBoundingClientRect().bottom + window.scrollY + underneath() - window.innerHeight);
}

// What lies over the foot of the window: the bar of a phone, or its keyboard.
function underneath() {
  const bar = document.querySelector(".nav")?.getBoundingClientRect();
  const keyboard = parseFloat(document.documentElement.style.getPropertyValue("--keyboard")) || 0;
  return Math.max(keyboard, bar && bar.top > window.innerHeight / 2 ? window.innerHeight - bar.top : 0);
}

function stayAtEnd() {
  if (wasAtEnd) toEnd();
}

function atEnd() {
  return end() - window.scrollY < NEAR_PX;
}

function toEnd() {
  find("to-end").hidden = true;
  window.scrollTo({ top: end() });
}

function say(words, address = "", label = "") {
  const line = find("line");
  line.hidden = !words;
  find("line-words").textContent = words;
  find("line-link").hidden = !address;
  if (address) Object.assign(find("line-link"), { href: address, textContent: label });
}

function sayState(words) {
  find("say-state").textContent = words;
}

const charactersLeft = (left) => ngettext("%(num)s character left", "%(num)s characters left", left);
const charactersOver = (over) => ngettext("%(num)s character too many. Nothing is lost.", "%(num)s characters too many. Nothing is lost.", over);

// How much room is left is shown when it gets tight; it is announced when it becomes tight and when there is none, not at each key.
let tight = "";
function count() {
  const length = [...body.value.trim()].length;
  const now = length > limit ? "over" : length > limit * 0.9 ? "near" : "";
  const line = find("say-count");
  line.hidden = !now;
  line.classList.toggle("is-over", now === "over");
  line.textContent = now ? (now === "over" ? charactersOver(length - limit) : charactersLeft(limit - length)) : "";
  if (now && now !== tight) sayState(now === "over" ? _("This is longer than a message can be.") : _("There is not much room left."));
  else if (!now && tight) sayState("");
  tight = now;
}

function shut(isOpen) {
  open = isOpen;
  composer.classList.remove("composer--asleep");
  composer.hidden = !open && !body.value;
  find("to-writing").hidden = composer.hidden;
  composer.querySelector("[type=submit]").disabled = !open;
}

const hear = {
  message(message) {
    if (message === null) {
      talk.clear();
      for (const item of outbox.items) waiting(item);
      return;
    }
    const stay = atEnd();
    const isNew = !talk.element(message.id);
    if (message.client_id) {
      outbox.known(message.client_id);
      talk.dropWaiting(message.client_id);
    }
    talk.show(message);
    typing.forget(message.author.id);
    find("empty").hidden = true;
    if (stay) toEnd();
    else if (isNew && line.ready && message.author.id !== me) find("to-end").hidden = false;
  },
  beyond(message) {
    talk.requote(message); // older than what the page shows: only quotes of it are seen
  },
  joined(got) {
    shut(showState(got.state, got.people.until));
    people.show(got.people);
    find("empty").hidden = line.cursor.messages.size > 0;
    find("earlier").hidden = !line.cursor.floor || line.cursor.floor <= 1 || line.cursor.messages.size < newest;
    if (!place.dataset.live) {
      place.dataset.live = "yes";
      if (open || end() > SHORT_PX) toEnd(); // a page that nearly fits begins at its top
    }
    outbox.run();
  },
  away(seq, ms) {
    const count = [...line.cursor.messages.values()].filter((one) => one.seq > seq && one.author.id !== me).length;
    if (!count) return;
    const minutes = Math.round(ms / 60000);
    const long = minutes < 1 ? _("You were away for less than a minute.") : ngettext("You were away for a minute.", "You were away for %(num)s minutes.", minutes);
    const missed = ngettext("%(num)s message", "%(num)s messages", count);
    talk.divide(seq, `${long} ${missed}`);
  },
  event(name, data) {
    if (name === "room:people") people.show(data);
    else if (name === "room:state") shut(showState(data.state, data.until));
    else if (name === "typing") typing.saw(data.person);
    else if (name === "inbox") showInbox(data.unread);
  },
  down() {
    say(_("The line is down just now. What you write is kept here and sent as soon as it is back."));
  },
  up() {
    say("");
    document.documentElement.dataset.room = "joined";
  },
  ended(error) {
    const back = `/sign-in?next=${encodeURIComponent(`/rooms/${room}`)}`;
    if (error.code === "not_signed_in") say(_("You have been signed out here. What you wrote is kept on this device."), back, _("Sign in"));
    else say(error.message ?? _("This page cannot go on."), window.location.pathname, _("Load the page again"));
  },
  outdated() {
    if (!body.value && !outbox.items.length) window.location.reload();
    else say(_("There is a newer version of this page. Please load it again when you have sent what you are writing."), window.location.pathname, _("Load the page again"));
  },
};

// --- What is sent ----------------------------------------------------------------------------------------------------------------

const line = new Line(room, csrf, newest, hear);
const outbox = new Outbox(room, me, (event, data, wait) => line.request(event, data, wait), sent);

function waiting(item) {
  const stopped = [
    action(_("Try again"), "refresh-cw", () => outbox.retry(item)),
    action(_("Take it back"), "undo-2", () => takeBack(item)),
  ];
  const notSent = _("Not sent.");
  const state = item.stopped ? `${notSent} ${item.stopped}` : _("On its way");
  talk.showWaiting(item, state, item.stopped ? stopped : []);
  find("empty").hidden = true;
}

function sent(item, answer) {
  if (answer?.ok) {
    if (answer.care) showCare(answer.id, answer.desk);
    if (answer.state === "held") heldNow(item, answer);
    else talk.dropWaiting(item.client_id);
    if (answer.state !== "held" && !line.cursor.messages.has(answer.id)) line.join();
    sayState(answer.state === "held" ? _("A supervisor reads this before others can see it.") : _("Your last message is kept. If the signal drops, nothing is lost."));
    return;
  }
  waiting(item);
  if (answer?.care) showCare("", answer.desk, false);
  if (answer && !item.stopped) sayState(answer.error.message);
}

// What was written may mean danger: help stands beside it, for the writer only, until they fold it away or leave.
function showCare(id, desk, kept = true) {
  document.getElementById("care")?.parentElement.remove();
  const place = document.createElement("li");
  place.className = "talk__care";
  place.append(document.getElementById("care-template").content.cloneNode(true));
  place.querySelector("[data-desk-kept]").hidden = !desk; // the page may have been open for hours
  place.querySelector("[data-desk-empty]").hidden = Boolean(desk);
  place.querySelector("[data-care-kept]").hidden = !kept;
  place.querySelector("[data-care-refused]").hidden = kept;
  const message = talk.element(id);
  if (message) message.after(place);
  else talk.list.append(place);
  if (Number(message?.dataset.seq)) place.dataset.seq = Number(message.dataset.seq) + 0.5;
  place.scrollIntoView({ block: "nearest" });
}

// It waits for a human: it stays on the page as the writer's own, marked, until it is published.
function heldNow(item, answer) {
  const made = talk.showWaiting(item, _("Only you can see this so far. A supervisor will read it first."), [
    action(_("Remove"), "trash-2", () => remove({ id: answer.id }).then((ok) => ok && talk.dropWaiting(item.client_id))),
  ]);
  made.classList.remove("message--waiting");
}

function takeBack(item) {
  outbox.drop(item);
  talk.dropWaiting(item.client_id);
  const before = (words) => (words ? `${item.body}\n${words}` : item.body);
  if (aside) aside.words = before(aside.words);
  else body.value = before(body.value);
  count();
  keepDraft();
  body.focus();
}

async function ask(event, data) {
  try {
    const got = await line.request(event, data);
    if (!got.ok) sayState(got.error.message);
    if (got.care) showCare(data.id, got.desk, got.ok);
    return got.ok;
  } catch (error) {
    sayState(_("There was no answer. Please try again."));
    return false;
  }
}

async function react(message, phrase, button) {
  const label = button.textContent;
  if (await ask("message:react", { id: message.id, phrase })) {
    toast(_("You sent “%(phrase)s”. Only the person who wrote it sees that.", { phrase: label }));
    const menu = button.closest("details");
    menu.open = false;
    menu.querySelector("summary").focus({ preventScroll: true });
  }
}

async function remove(message) {
  if ((await answered(document.getElementById("remove"), body)) !== "yes") return false;
  return ask("message:remove", { id: message.id });
}

const sheet = new Report(
  (data) => line.request("message:report", data),
  (got) => {
    toast(_("Thank you. A supervisor reads it. You can see what came of it under My reports."));
    if (got.care) showCare("", got.desk);
  },
);

// --- Writing ---------------------------------------------------------------------------------------------------------------------

function setAbout(kind, message) {
  about = kind ? { kind, message } : null;
  find("about").hidden = !about;
  find("send-label").textContent = kind === "edit" ? _("Save") : _("Send");
  find("note-part").hidden = kind === "edit";
  if (about) find("about-words").textContent = kind === "edit" ? _("Changing your message") : _("Answering %(name)s", { name: message.author.name });
}

function answer(message) {
  leaveEdit();
  setAbout("answer", message);
  composer.hidden = false;
  body.focus();
}

function edit(message) {
  aside ??= { words: body.value, about };
  setAbout("edit", message);
  composer.hidden = false;
  body.value = message.body;
  count();
  body.focus();
}

// Back to what was being written before.
function leaveEdit() {
  if (!aside) return;
  body.value = aside.words;
  count();
  setAbout(aside.about?.kind, aside.about?.message);
  aside = null;
  shut(open);
}

find("about-end").addEventListener("click", () => {
  if (aside) leaveEdit();
  else setAbout(null);
  body.focus();
});

const DRAFT = `draft:${me}:room-${room}`; // drafts.js drops those of other accounts

function keepDraft() {
  if (left) return;
  try {
    const words = aside ? aside.words : body.value;
    if (words) sessionStorage.setItem(DRAFT, words);
    else sessionStorage.removeItem(DRAFT);
  } catch (error) {
    console.warn("drafts cannot be kept on this device", error.name);
  }
}

body.addEventListener("input", () => {
  keepDraft();
  count();
  if (body.value && Date.now() - typedAt > TYPING_MS && open) {
    typedAt = Date.now();
    line.tell("typing", { room });
  }
});

// Enter sends on a keyboard; on a touch screen it makes a new line, and so does Shift with Enter.
body.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches) return;
  event.preventDefault();
  composer.requestSubmit();
});

async function save(words) {
  const saved = about;
  const typed = body.value;
  if (!(await ask("message:edit", { id: saved.message.id, body: words }))) return;
  toast(_("Changed. Everybody sees that it was edited."));
  if (about !== saved || body.value !== typed) return; // what was typed meanwhile stays, and can be saved too
  leaveEdit();
  body.focus();
}

composer.addEventListener("submit", async (event) => {
  event.preventDefault();
  const words = body.value.trim();
  if (!words || [...words].length > limit) {
    sayState(words ? charactersOver([...words].length - limit) : _("There is nothing written yet."));
    return;
  }
  if (aside) {
    await save(words);
    return;
  }
  outbox.add({ body: words, reply_to: about?.message.id ?? null, content_note: note.value.trim() });
  toEnd();
  body.value = "";
  note.value = "";
  find("note-part").open = false;
  setAbout(null);
  count();
  keepDraft();
  body.focus();
});

// --- The rest of the page ----------------------------------------------------------------------------------------------------------

find("to-end").addEventListener("click", toEnd);
window.addEventListener("scroll", () => {
  wasAtEnd = atEnd();
  if (wasAtEnd) find("to-end").hidden = true;
}, { passive: true });

find("earlier").addEventListener("click", async (event) => {
  const button = event.currentTarget;
  const page = document.documentElement;
  const fromEnd = page.scrollHeight - page.scrollTop;
  button.disabled = true;
  try {
    const count = await line.earlier();
    button.hidden = count < 50;
    page.scrollTop = page.scrollHeight - fromEnd;
  } catch (error) {
    sayState(_("There was no answer. Please try again."));
  }
  button.disabled = false;
});

watchAloud(find("aloud"));
watchKeyboard(stayAtEnd);

try {
  body.value ||= sessionStorage.getItem(DRAFT) ?? "";
} catch (error) {
  console.warn("drafts cannot be read on this device", error.name);
}
count();

function leave() {
  left = true;
  outbox.close();
  line.close();
}

for (const item of outbox.items) waiting(item);
for (const held of talk.list.querySelectorAll('.message--own[data-seq="None"]')) {
  const again = action(_("Remove"), "trash-2", () => remove({ id: held.dataset.id }).then((ok) => ok && held.remove()));
  const actions = document.createElement("div");
  actions.className = "actions";
  actions.append(again);
  held.querySelector(".message__main").append(actions);
}

window.addEventListener("peerspace:leave", leave);
document.querySelector("[data-sign-out]")?.form.addEventListener("submit", leave);

shut(open);
