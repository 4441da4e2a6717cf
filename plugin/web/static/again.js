// Fetches the page that stands here once more and lays what came over its part marked data-live, so that focus and
// scroll stay. Who asks for it, and when, is the page's own matter.

import { morph } from "./desk/morph.js";

// Does nothing where `isWanted()` says meanwhile that a newer look is on its way. Throws where the server does not answer.
export async function again(isWanted = () => true) {
  const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (answer.redirected || answer.status === 401 || answer.status === 403) {
    location.reload(); // the session has ended: the server leads to where one signs in
    return;
  }
  if (!answer.ok) throw new Error(String(answer.status));
  const text = await answer.text();
  const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-live]");
  const old = document.querySelector("[data-live]");
  if (fresh && old && isWanted()) morph(old, fresh);
}

export function sayStale(isStale) {
  for (const each of document.querySelectorAll("[data-stale]")) each.hidden = !isStale;
}
