// Keeps a page of the administrator up to date while somebody looks at it, by asking every other second. Without a
// script the page is right when it is loaded.

import { again, sayStale } from "../again.js";

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
    await again();
    sayStale(false);
    waitMs = EVERY_MS;
  } catch {
    sayStale(true);
    waitMs = Math.min(waitMs * 2, LONGEST_MS);
  }
  plan(waitMs);
}

plan(EVERY_MS);
