// Keeps the list of recording checks up to date: the desk's own stream says when something changed, and the page is
// fetched again and laid over what is shown. Without a script the page is right when it is loaded.

import { morph } from "../desk/morph.js";
import { Stream } from "../desk/stream.js";

const live = document.querySelector("[data-live]");
let wanted = 0;

const stream = new Stream(
  { stream: live.dataset.stream, state: live.dataset.state, channel: `denwaban-desk-${live.dataset.user}` },
  { desk: hear, link: showLink, told: () => {}, closed: () => {} },
);

function hear(message) {
  if (message.checks !== undefined) refresh();
}

async function refresh() {
  const mine = (wanted += 1);
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (answer.redirected || answer.status === 401 || answer.status === 403) return location.reload();
    const text = await answer.text();
    if (!answer.ok || mine !== wanted) return; // a newer look is on its way
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-live]");
    if (fresh) morph(live, fresh);
  } catch {
    showLink("lost");
  }
}

function showLink(state) {
  for (const each of document.querySelectorAll("[data-stale]")) each.hidden = state === "live";
  if (state === "ended") location.reload(); // the server leads to where one signs in
}

stream.start();
