// Keeps a page of the administrator up to date: fetches the page itself again and lays what came over what is shown,
// so that focus and scroll stay. Without a script the page is right when it is loaded.

import { morph } from "../desk/morph.js";

const EVERY_MS = 2_000;
const LONGEST_MS = 30_000;
const ALONE_MS = 15 * 60_000; // nobody touched it: it asks no more, so that it does not keep a session alive

let waitMs = EVERY_MS;
let touchedAt = Date.now();
let timer = 0;

for (const kind of ["pointerdown", "pointermove", "keydown", "focus", "scroll"]) {
  addEventListener(kind, touch, { passive: true, capture: true });
}
document.addEventListener("visibilitychange", touch);

function touch() {
  const wasAlone = Date.now() - touchedAt > ALONE_MS;
  touchedAt = Date.now();
  if (wasAlone || (!document.hidden && !timer)) plan(0);
}

function plan(inMs) {
  clearTimeout(timer);
  timer = setTimeout(refresh, inMs);
}

async function refresh() {
  timer = 0;
  if (document.hidden || Date.now() - touchedAt > ALONE_MS) return; // goes on when somebody looks again
  try {
    const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } });
    if (answer.redirected || answer.status === 401 || answer.status === 403) {
      location.reload(); // the session has ended: the server leads to where one signs in
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    show(await answer.text());
    say(false);
    waitMs = EVERY_MS;
  } catch {
    say(true);
    waitMs = Math.min(waitMs * 2, LONGEST_MS);
  }
  plan(waitMs);
}

function show(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-live]");
  const old = document.querySelector("[data-live]");
  if (fresh && old) morph(old, fresh);
}

function say(isStale) {
  for (const each of document.querySelectorAll("[data-stale]")) each.hidden = !isStale;
}

plan(EVERY_MS);
