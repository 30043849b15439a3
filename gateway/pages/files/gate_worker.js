// Keeps exactly the files of one version of the gate's page, for times without a network, and nothing
// else. A new version takes over at once; the page then loads itself anew before it decides anything.
// TOLD stands in front of this, with the version and its files.

const CACHE = `gate-${TOLD.version}`;
const LANGUAGE = "/gate-language";

addEventListener("install", (event) => {
  event.waitUntil(keepAll().then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname === "/gate") event.respondWith(gate(url, event.request));
  else if (TOLD.kept.includes(url.pathname)) event.respondWith(fromCache(url.pathname, event.request));
});

/* All or nothing: one file that does not come leaves the version before in its place. */
async function keepAll() {
  const cache = await caches.open(CACHE);
  await cache.addAll(TOLD.kept.map((path) => new Request(path, { cache: "reload", credentials: "omit" })));
}

async function forgetOthers() {
  const before = await caches.keys();
  const language = await firstOf(before, LANGUAGE);
  if (language) await (await caches.open(CACHE)).put(LANGUAGE, language);
  const others = before.filter((name) => name.startsWith("gate-") && name !== CACHE);
  await Promise.all(others.map((name) => caches.delete(name)));
}

async function firstOf(names, path) {
  for (const name of names) {
    const found = await (await caches.open(name)).match(path);
    if (found) return found;
  }
  return null;
}

async function gate(url, request) {
  const cache = await caches.open(CACHE);
  const asked = url.searchParams.get("lang");
  if (asked === "zh" || asked === "en") await cache.put(LANGUAGE, new Response(asked));
  const kept = await cache.match(LANGUAGE);
  const language = kept ? await kept.text() : null;
  if (language === null) return fetch(request).catch(() => cache.match("/gate?lang=zh"));
  return (await cache.match(`/gate?lang=${language}`)) ?? fetch(request);
}

async function fromCache(path, request) {
  return (await (await caches.open(CACHE)).match(path)) ?? fetch(request);
}
