// The few marks that the server's markdown knows, put around words or before lines. Each takes (value, start, end) of a field for
// writing and says what to put where: { from, to, text, start, end }; `start` and `end` are what is selected afterwards.

const BEFORE_WORDS = /^\s*(?:(?:>|[-*+](?=\s)|\d{1,9}[.)](?=\s))\s?)*/;
const ITEM = /^\s*(?:[-*+]|\d{1,9}[.)])\s+/;
const ADDRESS = /^https?:\/\/\S+$/i;
const IN_WORD = /[\p{L}\p{M}\p{N}'’_-]/u;

// How many stars stand at `at`, going forwards or backwards.
function stars(value, at, step) {
  let count = 0;
  while (value[step > 0 ? at + count : at - 1 - count] === "*") count += 1;
  return count;
}

const has = (count, mark) => (mark.length === 2 ? count >= 2 : count % 2 === 1);

// Without blanks at its ends, where a mark would not take, nor the stars it begins and ends with: those count as around it.
function core(value, start, end) {
  while (start < end && /\s/.test(value[start])) start += 1;
  while (end > start && /\s/.test(value[end - 1])) end -= 1;
  const inside = Math.min(stars(value, start, 1), stars(value, end, -1));
  return end - start > 2 * inside ? [start + inside, end - inside] : [start, end];
}

function word(value, at) {
  let [start, end] = [at, at];
  while (start > 0 && IN_WORD.test(value[start - 1])) start -= 1;
  while (end < value.length && IN_WORD.test(value[end])) end += 1;
  return [start, end];
}

// `**` or `*` around the selection, or around the word that the caret stands in; the same again takes it away.
export function emphasis(mark) {
  const size = mark.length;
  return (value, start, end) => {
    if (value.slice(start, end).includes("\n")) return overLines(value, start, end, mark);
    const [from, to] = start === end ? word(value, start) : core(value, start, end);
    const words = value.slice(from, to);
    const caret = (by) => (start === end ? [start + by, start + by] : [from + by, to + by]);
    if (has(Math.min(stars(value, from, -1), stars(value, to, 1)), mark)) {
      const [first, last] = caret(-size);
      return { from: from - size, to: to + size, text: words, start: first, end: last };
    }
    const [first, last] = caret(size);
    return { from, to, text: `${mark}${words}${mark}`, start: first, end: last };
  };
}

// A mark does not reach over the end of a line: every line gets its own, after what begins a quote or a list.
function overLines(value, start, end, mark) {
  const parts = value.slice(start, end).split("\n").map((line, i) => {
    const before = i > 0 || start === 0 || value[start - 1] === "\n" ? BEFORE_WORDS.exec(line)[0] : "";
    const words = line.slice(before.length);
    const [first, last] = core(words, 0, words.length);
    return { before, words, first, last, on: has(Math.min(first, words.trimEnd().length - last), mark) };
  });
  const filled = parts.filter((part) => part.words.trim());
  const off = filled.length > 0 && filled.every((part) => part.on);
  const text = parts.map((part) => {
    const { before, words, first, last } = part;
    if (!words.trim() || part.on !== off) return before + words;
    const [head, middle, tail] = [words.slice(0, first), words.slice(first, last), words.slice(last)];
    return before + (off ? head.slice(0, -mark.length) + middle + tail.slice(mark.length) : head + mark + middle + mark + tail);
  }).join("\n");
  return { from: start, to: end, text, start, end: start + text.length };
}

function wholeLines(value, start, end) {
  const last = end > start && value[end - 1] === "\n" ? end - 1 : end; // a line that is only touched is not meant
  const next = value.indexOf("\n", last);
  return [start === 0 ? 0 : value.lastIndexOf("\n", start - 1) + 1, next < 0 ? value.length : next];
}

// Each line anew by `change(lines)`; what follows is parted by an empty line, or it would be taken into the quote or the list.
function lines(value, start, end, change, goesOn) {
  const [from, to] = wholeLines(value, start, end);
  const old = value.slice(from, to).split("\n");
  const now = change(old);
  const text = now.join("\n");
  const after = value.slice(to + 1).split("\n")[0];
  const part = goesOn.test(now.at(-1)) && after.trim() && !goesOn.test(after) ? "\n" : "";
  if (start !== end) return { from, to, text: text + part, start: from, end: from + text.length };
  const caret = Math.max(from, start + now[0].length - old[0].length);
  return { from, to, text: text + part, start: caret, end: caret };
}

// "> " before each line, or away from it.
export function quote(value, start, end) {
  return lines(value, start, end, (all) => {
    if (all.every((line) => line.startsWith(">"))) return all.map((line) => line.replace(/^> ?/, ""));
    return all.map((line) => (line || all.length === 1 ? `> ${line}` : ">"));
  }, /^>/);
}

// "- " or "1. " before each line that holds words, or away from it; one kind of list becomes the other.
export function list(numbered) {
  const own = numbered ? /^\s*\d{1,9}[.)]\s/ : /^\s*[-*+]\s/;
  return (value, start, end) => lines(value, start, end, (all) => {
    const filled = all.filter((line) => line.trim());
    if (filled.length && filled.every((line) => own.test(line))) return all.map((line) => line.replace(ITEM, ""));
    let number = 0;
    return all.map((line) => {
      if (!line.trim() && filled.length) return line;
      number += 1;
      return `${numbered ? `${number}.` : "-"} ${line.replace(ITEM, "")}`;
    });
  }, ITEM);
}

// [words](address): what is selected is the one or the other, and what is still missing is selected next.
export function link(words) {
  return (value, start, end) => {
    const chosen = value.slice(start, end).trim();
    if (ADDRESS.test(chosen)) return { from: start, to: end, text: `[](${chosen})`, start: start + 1, end: start + 1 };
    const label = chosen || words;
    const text = `[${label}](https://)`;
    if (!chosen) return { from: start, to: end, text, start: start + 1, end: start + 1 + label.length };
    return { from: start, to: end, text, start: start + label.length + 3, end: start + text.length - 1 };
  };
}
