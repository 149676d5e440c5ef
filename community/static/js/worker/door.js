/* Opens the door's page also while the network is dead: that page, its style and its scripts, and
   nothing else of the site. What is pressed there is door.js's business. */
"use strict";

const PAGE = new URL(self.registration.scope).pathname;
const CACHE = `door ${PAGE}`;
const PATIENCE = 5000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(Promise.all([self.clients.claim(), store()])));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && url.pathname === PAGE) event.respondWith(page(event));
  else if (url.pathname.startsWith("/static/")) event.respondWith(file(request));
});

/* The page as it is now, with what it loads. */
async function store() {
  const answer = await fetch(PAGE, { credentials: "same-origin", cache: "no-store", redirect: "manual" });
  if (!answer.ok) return forget(answer);
  const wanted = new Set((await answer.clone().text()).match(/\/static\/[^"\s]+/g) || []);
  const cache = await caches.open(CACHE);
  for (const old of await cache.keys()) {
    if (!wanted.has(new URL(old.url).pathname)) await cache.delete(old);
  }
  await cache.addAll([...wanted]);
  await cache.put(PAGE, answer);
}

/* Led to sign in, or this door is not theirs any more: its list is not theirs to read either. */
async function forget(answer) {
  if (answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status)) await caches.delete(CACHE);
}

async function page(event) {
  try {
    const answer = await fetch(event.request, { signal: AbortSignal.timeout(PATIENCE) });
    event.waitUntil((answer.ok ? store() : forget(answer)).catch(() => {}));
    if (answer.status < 500) return answer;
    return (await caches.match(PAGE)) || answer;
  } catch (error) {
    const known = await caches.match(PAGE);
    if (known) return known;
    throw error;
  }
}

async function file(request) {
  return (await caches.match(request)) || fetch(request);
}
