// The connection: joining again after every break, asking for what is missing, and saying how things stand.

import { io } from "/static/vendor/socket.io-client/socket.io.esm.min.js";
import { Cursor } from "./cursor.js";

const VERSION = 1;
const HOLE_MS = 2500;
const QUIET_MS = 1500;
const AWAY_MS = 30000;
const REFUSED_S = 3;
const AGAIN_MS = 1000;
const LATER = new Set(["too_many", "server_error"]);

export class Line {
  // hear: {joined, message, beyond, away, event, down, up, ended, outdated} are called with what happened.
  // newest: how many messages the page begins with; what is older is asked for when somebody wants to read it.
  constructor(room, csrf, newest, hear) {
    this.room = room;
    this.newest = newest;
    this.hear = hear;
    this.cursor = new Cursor();
    this.joining = false;
    this.meanwhile = []; // what was told while an answer to joining was on its way
    this.again = false;
    this.failures = 0; // how often in a row joining failed: a server that is slow is asked less and less often
    this.closed = false;
    this.ready = false;
    this.goneAt = null;
    this.socket = io({ auth: { csrf, v: VERSION }, transports: ["websocket", "polling"], reconnectionDelayMax: 8000 });
    this.socket.on("connect", () => this.join());
    this.socket.on("disconnect", (reason) => this.lost(reason));
    this.socket.on("connect_error", (error) => this.refused(error));
    for (const name of ["message:new", "message:changed"]) this.socket.on(name, (message) => this.got(message));
    this.socket.on("room:pulse", (pulse) => this.pulse(pulse));
    for (const name of ["room:state", "room:people", "typing", "notice", "inbox"]) {
      this.socket.on(name, (data) => {
        if (data.room === undefined || data.room === room) hear.event(name, data);
      });
    }
    this.socket.on("upgrade", () => hear.outdated());
    this.downTimer = setTimeout(() => hear.down(), QUIET_MS);
  }

  request(event, data, wait = 10000) {
    if (!this.socket.connected) return Promise.reject(new Error("not connected"));
    return this.socket.timeout(wait).emitWithAck(event, data);
  }

  tell(event, data) {
    if (this.socket.connected) this.socket.volatile.emit(event, data);
  }

  async join() {
    if (this.joining) {
      this.again = true;
      return;
    }
    this.joining = true;
    const before = this.cursor.seq;
    const away = this.goneAt === null ? 0 : Date.now() - this.goneAt;
    this.meanwhile = [];
    try {
      let answer;
      do {
        const asked = { room: this.room };
        if (this.cursor.started) Object.assign(asked, { last_seq: this.cursor.seq, last_rev: this.cursor.rev });
        answer = await this.request("room:join", asked);
        if (!answer.ok && LATER.has(answer.error.code)) throw new Error(answer.error.code);
        if (!answer.ok) {
          this.end(answer.error);
          return;
        }
        this.take(answer, asked);
      } while (answer.gap);
      this.failures = 0;
      this.up();
      this.hear.joined(answer);
      if (before !== null && away > AWAY_MS) this.hear.away(before, away);
    } catch (error) {
      this.failures += 1;
      this.again = this.socket.connected; // no answer: joining is asked for again, or comes with the next connection
    } finally {
      this.joining = false;
    }
    if (this.again) {
      this.again = false;
      const pause = AGAIN_MS * 2 ** Math.min(this.failures, 5);
      setTimeout(() => this.socket.connected && this.join(), pause * (1 + Math.random() / 2));
    }
  }

  take(answer, { last_seq, last_rev }) {
    // Measured by what was asked: what was told since may have moved the cursor past the answer.
    const fresh = last_seq === undefined || answer.seq < last_seq || answer.rev < last_rev;
    let { messages } = answer;
    if (fresh) {
      this.cursor.clear();
      this.hear.message(null);
      messages = messages.slice(-this.newest);
      this.cursor.begin(messages, answer.seq);
    }
    for (const message of [...messages, ...answer.changed]) this.keep(message);
    this.cursor.reach(answer.seq, answer.rev);
    if (fresh) for (const message of this.meanwhile) this.keep(message); // the room was emptied under them
  }

  keep(message) {
    if (!this.cursor.take(message)) return;
    if (this.cursor.isBelow(message)) this.hear.beyond(message);
    else this.hear.message(message);
  }

  async earlier(limit = 50) {
    const answer = await this.request("room:history", { room: this.room, before_seq: this.cursor.floor ?? 0, limit });
    if (!answer.ok) return 0;
    for (const message of this.cursor.begin(answer.messages)) this.keep(message);
    return answer.messages.length;
  }

  got(message) {
    if (message.room !== this.room) return;
    if (this.joining) this.meanwhile.push(message);
    this.keep(message);
    if (this.cursor.lacks(message.seq, message.rev) && !this.holeTimer) {
      // Something before this one has not come. Often it is right behind; if not, it is asked for.
      this.holeTimer = setTimeout(() => {
        this.holeTimer = null;
        if (this.socket.connected && this.cursor.lacks(message.seq, message.rev)) this.join();
      }, HOLE_MS);
    }
  }

  pulse({ room, seq, rev }) {
    if (room === this.room && this.cursor.lacks(seq, rev)) this.join();
  }

  up() {
    clearTimeout(this.downTimer);
    this.ready = true;
    this.goneAt = null;
    this.hear.up();
  }

  lost(reason) {
    if (this.closed) return;
    this.ready = false;
    this.goneAt ??= Date.now();
    if (reason === "io server disconnect") {
      this.end({ code: "not_signed_in" });
      return;
    }
    clearTimeout(this.downTimer);
    this.downTimer = setTimeout(() => this.hear.down(), QUIET_MS);
  }

  refused(error) {
    const said = error.data?.error ?? error.data;
    if (said?.code && !LATER.has(said.code)) {
      this.end(said);
    } else if (!this.closed && !this.socket.active) {
      // Socket.IO tries again by itself when a line breaks, but not when the server refused it. Pages come back spread out.
      const wait = (said?.retry_after ?? REFUSED_S) * 1000 * (1 + Math.random() / 2);
      this.nextTry = setTimeout(() => this.socket.connect(), wait);
    }
  }

  // It does not come back by itself.
  end(error) {
    this.close();
    this.hear.ended(error);
  }

  close() {
    this.closed = true;
    clearTimeout(this.nextTry);
    clearTimeout(this.downTimer);
    this.socket.disconnect();
  }
}
