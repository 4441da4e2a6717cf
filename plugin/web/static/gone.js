// Forgets what a page shows as soon as its session is over, wherever it ended: here, in another tab, by an administrator,
// by time. Looks whenever the page is shown again, when another tab tells of it, and once a minute while somebody sees it.

import { ask, isCarrying } from "./desk/line.js";

const EVERY_MS = 60_000;
const own = document.querySelector("meta[name=form-token]")?.content ?? "";
const isIn = document.querySelector("meta[name=signed-in]") !== null;
const tabs = openTabs();
let isOver = false;

// Takes everything off the page and out of the browser's store, tells the other tabs, and goes to where one signs in;
// inside another site's page it stays, for there the way in is a window.
export function forget() {
  if (isOver) return;
  isOver = true;
  tabs.postMessage("look");
  for (const store of ["sessionStorage", "localStorage"]) empty(store);
  if (isCarrying()) {
    document.getElementById("desk")?.replaceChildren();
    return;
  }
  document.body.replaceChildren();
  document.title = "";
  const here = location.pathname + location.search;
  location.replace(here === "/" ? "/sign-in" : `/sign-in?${new URLSearchParams({ next: here })}`);
}

async function look() {
  if (isOver || !isIn) return;
  try {
    // The token of this page's forms says whose page it is: of who signed in here meanwhile it is not.
    const answer = await ask("/session", { headers: { Accept: "application/json", "X-Form-Token": own }, cache: "no-store" });
    if (answer.status === 401) forget();
  } catch {
    // the server is away: nothing is known
  }
}

function empty(store) {
  try {
    window[store].clear();
  } catch {
    // a frame may be refused it: then there is nothing in it
  }
}

function openTabs() {
  try {
    return new BroadcastChannel("denwaban-session");
  } catch {
    return { postMessage() {} };
  }
}

tabs.onmessage = look;
addEventListener("pageshow", ({ persisted }) => persisted && look()); // taken out of the browser's memory, as it was
document.addEventListener("visibilitychange", () => document.hidden || look());
if (isIn) setInterval(() => document.hidden || look(), EVERY_MS);
else tabs.postMessage("look"); // who sees this page is not, or no longer, signed in
