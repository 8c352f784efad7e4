// What this page has of a room: the newest state of each message, and numbers below which nothing is missing.
//
// `seq` and `rev` only move past what has arrived without a hole, or to what an answer to joining says it reaches: a reader
// may never get some numbers (people they blocked), and what was lost on the way looks just the same.
//
// The page begins at `floor`, the lowest number asked for so far. A change of a message below it counts as heard, but the
// message is not kept: it would stand alone at the top, and everything between could no longer be asked for.

export class Cursor {
  constructor() {
    this.clear();
  }

  clear() {
    this.seq = null;
    this.rev = null;
    this.floor = null;
    this.messages = new Map();
    this.seqs = new Set();
    this.revs = new Set();
    this.below = new Map(); // the newest state of changed messages below the floor
  }

  get started() {
    return this.seq !== null;
  }

  isBelow(message) {
    return this.floor !== null && message.seq !== null && message.seq < this.floor;
  }

  // Keep a message; false when something newer of it is here already.
  take(message) {
    const place = this.isBelow(message) ? this.below : this.messages;
    const kept = place.get(message.id);
    const newer = !kept || kept.rev <= message.rev;
    if (newer) place.set(message.id, message);
    if (this.started) {
      this.seqs.add(message.seq);
      this.revs.add(message.rev);
      while (this.seqs.delete(this.seq + 1)) this.seq += 1;
      while (this.revs.delete(this.rev + 1)) this.rev += 1;
    }
    return newer;
  }

  // An answer to joining reaches this far.
  reach(seq, rev) {
    this.seq = Math.max(this.seq ?? 0, seq);
    this.rev = Math.max(this.rev ?? 0, rev);
    for (const one of this.seqs) if (one <= this.seq) this.seqs.delete(one);
    for (const one of this.revs) if (one <= this.rev) this.revs.delete(one);
  }

  // These messages were asked for: the page begins with the first of them, or after `seq` when there are none. Returns them as
  // they now stand, for a change may have overtaken the answer.
  begin(messages, seq = Infinity) {
    this.floor = Math.min(this.floor ?? seq + 1, ...messages.map((message) => message.seq));
    return messages.map((message) => {
      const changed = this.below.get(message.id);
      this.below.delete(message.id);
      return changed && changed.rev > message.rev ? changed : message;
    });
  }

  lacks(seq, rev) {
    return !this.started || seq > this.seq || rev > this.rev;
  }
}
