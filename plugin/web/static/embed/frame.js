// The desk inside another site's page. Its session lives in this page's memory and goes along in a header: cookies of
// ours do not reach a frame everywhere. One signs in in a window of our own, which hands a start token to this page.

import { ask, carry } from "../desk/line.js";
import { Calls } from "./calls.js";
import { Host } from "./host.js";

const { origin, window: windowUrl, enter, resume, leave, desk } = document.body.dataset;
const start = document.getElementById("start");
const said = document.getElementById("said");
const signIn = document.getElementById("sign-in");
const signOut = document.getElementById("sign-out");
let verifier = "";
let challenge = "";
let opened = null;

function say(word) {
  said.textContent = said.dataset[word];
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// The start token is worth something only together with a secret that never leaves this page.
async function makeSecret() {
  verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  challenge = base64url(new Uint8Array(digest));
}

function openWindow() {
  const url = `${windowUrl}?${new URLSearchParams({ origin, challenge })}`;
  opened = window.open(url, "", "popup,width=480,height=720");
  say(opened ? "waiting" : "blocked");
}

async function post(url, fields) {
  const answer = await ask(url, {
    method: "POST",
    body: new URLSearchParams({ ...fields, origin }),
    headers: { Accept: "application/json" },
  });
  return answer.ok ? (await answer.json()).session : null;
}

async function showStart(word) {
  await makeSecret();
  say(word);
  signIn.hidden = false;
}

async function showDesk(session, isAgain) {
  carry(session);
  const answer = await ask(desk, { headers: { Accept: "text/html" } });
  if (!answer.ok) return showStart("refused");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.documentElement.lang = page.documentElement.lang;
  for (const id of ["answered-mark", "link"]) document.getElementById("link-room").append(document.adoptNode(page.getElementById(id)));
  start.replaceWith(...[...page.getElementById("content").children].map((each) => document.adoptNode(each)));
  signOut.hidden = false;
  host.tell("signed-in");
  await import("../desk/desk.js");
  await import("../identity.js");
  new Calls(host).watch(isAgain);
}

async function begin() {
  const session = await post(resume, {});
  if (session) await showDesk(session, true);
  else await showStart("lead");
}

addEventListener("message", async ({ source, origin: from, data }) => {
  if (from !== location.origin || source !== opened || data?.type !== "denwaban:start") return;
  opened = null;
  try {
    const session = await post(enter, { token: data.start, verifier });
    if (session) {
      signIn.hidden = true;
      await showDesk(session, false);
    } else {
      await showStart("refused");
    }
  } catch {
    await showStart("away");
  }
});

signIn.addEventListener("click", openWindow);
signOut.addEventListener("click", async () => {
  signOut.disabled = true;
  try {
    await ask(leave, { method: "POST" });
    host.tell("signed-out");
    location.reload();
  } catch {
    signOut.disabled = false;
  }
});
// The way in that the desk offers once its session has ended leads to our own window: here one begins anew.
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#link a")) return;
  event.preventDefault();
  location.reload();
});

const host = new Host(origin);
if (parent === window) {
  say("alone");
} else {
  host.tell("ready");
  begin().catch(() => showStart("away"));
}
