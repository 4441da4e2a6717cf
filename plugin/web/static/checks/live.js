// Keeps the list of recording checks up to date: the desk's own stream says when something changed, and the page is
// fetched again and laid over what is shown. Without a script the page is right when it is loaded.

import { again, sayStale } from "../again.js";
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
    await again(() => mine === wanted);
  } catch {
    sayStale(true);
  }
}

function showLink(state) {
  sayStale(state !== "live");
  if (state === "ended") location.reload(); // the server leads to where one signs in
}

stream.start();
