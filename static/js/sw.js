// The service worker. It is served as /sw.js with two lines in front: VERSION, made from what the files hold, and SHELL, their
// addresses. It keeps on the device only what everybody may see: the files of the shell, a guest's copy of Get help now and a
// page that says there is no connection. Those two are fetched without cookies. Nothing else is ever put into a cache.

/* global VERSION, SHELL */

const CACHE = `peerspace-${VERSION}`;
const HELP = "/help-now";
const OFFLINE = "/offline";
const KEPT = "X-Kept"; // {language, country, at} of a copy, in its header
const OLD_MS = 12 * 3600 * 1000;
const SEEN_MS = 10 * 60 * 1000; // a copy is made anew when the page itself was just looked at, not at every look
const PATHS = new Set(SHELL.map((address) => new URL(address, self.location).pathname));
let left = false;

// --- Keeping -------------------------------------------------------------------------------------------------------------

async function install() {
  await keepShell();
  await keep((await keptAs()) ?? {});
  await self.skipWaiting();
}

async function keepShell() {
  const cache = await caches.open(CACHE);
  if ((await cache.keys()).length < SHELL.length) await cache.addAll(SHELL.map((address) => new Request(address, { credentials: "omit" })));
  if (!left) return;
  await caches.delete(CACHE);
  throw new Error("somebody left meanwhile");
}

// What the copy was made for, whichever version made it; undefined when there is none.
async function keptAs() {
  const copy = await caches.match(HELP);
  return copy && JSON.parse(copy.headers.get(KEPT) ?? "{}");
}

async function fetchPublic(path, values) {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value));
  const answer = await fetch(`${path}?${query}`, { credentials: "omit", redirect: "error", cache: "no-store" });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer;
}

async function keep({ language = "", country = "" }) {
  const [help, offline] = await Promise.all([
    fetchPublic(HELP, { kept: "yes", language, country }),
    fetchPublic(OFFLINE, { language }),
  ]);
  const headers = new Headers(help.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name); // they spoke of how it travelled
  headers.set(KEPT, JSON.stringify({ language, country, at: Date.now() }));
  const copy = new Response(await help.blob(), { headers });
  if (left) return;
  const cache = await caches.open(CACHE);
  await cache.put(OFFLINE, offline);
  await cache.put(HELP, copy);
}

async function keepAnew({ language, country, seen }) {
  const before = await keptAs();
  const wanted = { language, country: country || before?.country };
  const age = Date.now() - (before?.at ?? 0);
  const same = before && before.language === language && before.country === (wanted.country ?? "");
  if (same && age < (seen ? SEEN_MS : OLD_MS)) return;
  left = false; // whoever left has come back before this worker ended
  await keepShell();
  await keep(wanted);
}

async function activate() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("peerspace-") && name !== CACHE).map((name) => caches.delete(name)));
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

// Somebody left quickly: nothing stays on the device.
async function leave() {
  left = true;
  await self.registration.unregister();
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("peerspace-")).map((name) => caches.delete(name)));
}

// --- Answering ------------------------------------------------------------------------------------------------------------

async function page(event, path) {
  try {
    const answer = (await event.preloadResponse) ?? (await fetch(event.request));
    if (path !== HELP || answer.status < 500) return answer;
    return (await caches.match(HELP)) ?? answer; // a proxy answers, and nobody behind it does
  } catch (error) {
    const kept = await caches.match(path === HELP ? HELP : OFFLINE);
    if (kept) return kept;
    throw error;
  }
}

// A file with its version in the address never changes; any other is asked for first, as it would be without this.
async function file(request, versioned) {
  const cache = await caches.open(CACHE);
  if (versioned) {
    const kept = await cache.match(request);
    if (kept) return kept;
  }
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await cache.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));

self.addEventListener("message", (event) => {
  const { type, language, country, seen } = event.data ?? {};
  if (type === "leave") event.waitUntil(leave());
  if (type !== "keep" || !/^[A-Za-z-]{2,12}$/.test(language) || !/^[A-Z]{0,2}$/.test(country)) return;
  // A page that was on its way while this worker began, or was loaded past it, is taken into its care. Without a connection the
  // copy stays as it is.
  const done = Promise.all([self.clients.claim(), keepAnew({ language, country, seen: seen === true })]);
  event.waitUntil(done.catch((error) => console.debug("not kept anew", error.message)));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || request.headers.has("range")) return;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event, url.pathname));
  else if (PATHS.has(url.pathname)) event.respondWith(file(request, url.searchParams.has("v")));
});
