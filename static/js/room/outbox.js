// What was written and is not yet known to be kept. Sent one after the other, each with its number until it is answered: the
// server makes one message of it however often it arrives. Survives a reload of the page, not leaving or signing out, and is
// sent for nobody but the account that wrote it.

const WAIT_MS = 10000;
const AGAIN_MS = 3000;
const TRY_LATER = new Set(["server_error", "too_many", "slow_mode"]);

export class Outbox {
  // me: the public id of who writes. request(event, data, wait): resolves to an answer or rejects.
  // changed(item, answer): something about an item is news.
  constructor(room, me, request, changed) {
    this.key = `outbox:${me}:${room}`; // drafts.js drops those of other accounts
    this.room = room;
    this.request = request;
    this.changed = changed;
    this.items = this.load();
    this.busy = false;
    this.closed = false;
  }

  load() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key) ?? "[]");
    } catch (error) {
      console.warn("the outbox cannot be read on this device", error.name);
      return [];
    }
  }

  save() {
    if (this.closed) return;
    try {
      if (this.items.length) sessionStorage.setItem(this.key, JSON.stringify(this.items));
      else sessionStorage.removeItem(this.key);
    } catch (error) {
      console.warn("the outbox cannot be kept on this device", error.name);
    }
  }

  add({ body, reply_to = null, content_note = "" }) {
    const item = { client_id: newId(), body, reply_to, content_note, stopped: "" };
    this.items.push(item);
    this.save();
    this.changed(item, null);
    this.run();
    return item;
  }

  drop(item) {
    this.items = this.items.filter((one) => one !== item);
    this.save();
  }

  retry(item) {
    item.stopped = "";
    this.save();
    this.changed(item, null);
    this.run();
  }

  // Whatever came back from the server under this number is kept there.
  known(clientId) {
    const item = this.items.find((one) => one.client_id === clientId);
    if (item) this.drop(item);
    return item ?? null;
  }

  close() {
    this.closed = true;
    this.items = [];
  }

  async run() {
    if (this.busy) return;
    this.busy = true;
    try {
      for (let item = this.next(); item && !this.closed; item = this.next()) {
        const pause = await this.sendOne(item);
        if (pause) {
          setTimeout(() => this.run(), pause);
          return;
        }
      }
    } finally {
      this.busy = false;
    }
  }

  next() {
    return this.items.find((item) => !item.stopped);
  }

  // Returns 0, or how long to wait before the next try.
  async sendOne(item) {
    const { client_id, body, reply_to, content_note } = item;
    let answer;
    try {
      answer = await this.request("message:send", { room: this.room, client_id, body, reply_to, content_note }, WAIT_MS);
    } catch (error) {
      return AGAIN_MS; // no answer: it may be kept or not, and the same number is asked for again
    }
    if (answer.ok) {
      this.drop(item);
      this.changed(item, answer);
      return 0;
    }
    if (TRY_LATER.has(answer.error.code)) {
      this.changed(item, answer);
      return (answer.error.retry_after ?? 0) * 1000 || AGAIN_MS;
    }
    item.stopped = answer.error.message;
    this.save();
    this.changed(item, answer);
    return 0;
  }
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Without a secure context (a plain address in a local network) the browser has random numbers but no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
