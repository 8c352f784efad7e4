// What this page has of a room: the newest state of each message, and numbers below which nothing is missing.
//
// `seq` and `rev` only move past what has arrived without a hole, or to what an answer to joining says it reaches: a reader
// may never get some numbers (people they blocked), and what was lost on the way looks just the same.

export class Cursor {
  constructor() {
    this.clear();
  }

  clear() {
    this.seq = null;
    this.rev = null;
    this.messages = new Map();
    this.seqs = new Set();
    this.revs = new Set();
  }

  get started() {
    return this.seq !== null;
  }

  // Keep a message; false when something newer of it is here already.
  take(message) {
    const kept = this.messages.get(message.id);
    const newer = !kept || kept.rev <= message.rev;
    if (newer) this.messages.set(message.id, message);
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

  lacks(seq, rev) {
    return !this.started || seq > this.seq || rev > this.rev;
  }

  get oldest() {
    let oldest = null;
    for (const message of this.messages.values()) if (oldest === null || message.seq < oldest) oldest = message.seq;
    return oldest;
  }
}
