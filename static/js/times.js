// Times in the reader's own zone and in the page's language.

const root = document.documentElement;
const tongue = root.dataset.locale ?? "en-GB"; // the day before the month, as the server writes it
const nearby = new Intl.RelativeTimeFormat(tongue, { numeric: "auto" });
const clock = new Intl.DateTimeFormat(tongue, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const nearDay = new Intl.DateTimeFormat(tongue, { day: "numeric", month: "long" });
const farDay = new Intl.DateTimeFormat(tongue, { day: "numeric", month: "long", year: "numeric" });
const whole = new Intl.DateTimeFormat(tongue, { dateStyle: "long", timeStyle: "short", hourCycle: "h23" });

// "yesterday, 23:40"; with near, the hour alone when it is today or still ahead tonight.
export function saidTime(at, near = false, now = new Date()) {
  const midnight = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
  const days = Math.round((midnight(now) - midnight(at)) / 86400000);
  const day = Math.abs(days) < 2 ? nearby.format(-days, "day") : (at.getFullYear() === now.getFullYear() ? nearDay : farDay).format(at);
  if (near && (days === 0 || Math.abs(at - now) < 43200000)) return clock.format(at);
  return `${day}, ${clock.format(at)}`;
}

// Day and hour in full, for whoever points at a time.
export function wholeTime(at) {
  return whole.format(at);
}

export function localTimes(within = document) {
  for (const time of within.querySelectorAll("time[data-local]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    time.title = time.textContent;
    time.textContent = saidTime(at, time.dataset.local === "near");
  }
}
