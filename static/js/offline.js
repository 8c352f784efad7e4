// Get help now without a connection: a service worker keeps a guest's copy of it (see sw.js). Where there are no service workers
// (an old browser, a private window, a page without TLS), nothing happens.

const root = document.documentElement;
const keeper = navigator.serviceWorker;
let registered = null;

// A kept page was made for nobody: how this device wants pages to look and to be called stands in its cookies.
function dressKeptPage() {
  if (!document.querySelector("[data-kept]")) return;
  const cookies = Object.fromEntries(document.cookie.split("; ").map((pair) => pair.split("=")));
  if (["light", "dark", "quiet"].includes(cookies.theme)) root.dataset.theme = cookies.theme;
  const leaving = document.querySelector("[data-leave]");
  if (cookies.tab === "plain" && leaving) document.title = leaving.dataset.title;
}

async function keepHelp() {
  try {
    registered = await keeper.register("/sw.js", { updateViaCache: "none" });
    const worker = (await keeper.ready).active;
    if (document.querySelector("[data-kept]")) return;
    const country = document.querySelector("[data-keep-country]")?.dataset.keepCountry ?? "";
    worker.postMessage({ type: "keep", language: root.lang, country, seen: window.location.pathname === "/help-now" });
  } catch (error) {
    console.debug("nothing is kept on this device", error.name);
  }
}

dressKeptPage();
if (keeper) {
  // Leaving waits for nothing: the worker clears up when the page has gone.
  window.addEventListener("peerspace:leave", () => {
    const worker = registered?.active ?? registered?.waiting ?? registered?.installing ?? keeper.controller;
    worker?.postMessage({ type: "leave" });
  });
  // After everything else: a slow line is for the page that somebody reads. But a busy device is not idle for long: then anyway.
  const idle = (then) => window.requestIdleCallback?.(then, { timeout: 2000 }) ?? setTimeout(then, 200);
  if (document.readyState === "complete") idle(keepHelp);
  else window.addEventListener("load", () => idle(keepHelp), { once: true });
}
