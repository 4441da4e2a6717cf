// The supervisors' board: what the server tells is laid over what is shown, so that focus and what unfolds stay.

import { listenForKeys } from "../desk/keys.js";
import { ask } from "../desk/line.js";
import { morph } from "../desk/morph.js";
import { Stream } from "../desk/stream.js";
import { aheadOf, showTimers } from "../desk/timers.js";

const board = document.getElementById("board");
const said = document.getElementById("said");
const voice = document.getElementById("voice");
const link = document.getElementById("link");
const title = document.title;
const ahead = aheadOf(board.dataset.now);

const stream = new Stream(
  { stream: board.dataset.stream, state: board.dataset.state, channel: `denwaban-board-${board.dataset.user}` },
  { desk: show, link: showLink, told: () => {}, closed: () => {} },
);

// message: { at: µs, until: µs, board: html, said: words, tone: done | refused | doubtful }
function show(message) {
  const lines = document.getElementById("lines");
  const before = lines.dataset.say;
  const holder = document.createElement("template");
  holder.innerHTML = message.board; // rendered and escaped by our own server
  morph(lines, holder.content.firstElementChild);
  if (lines.dataset.say !== before) voice.textContent = lines.dataset.say;
  tick();
}

function tell(words, tone) {
  said.hidden = !words;
  said.className = `notice ${{ done: "is-good", doubtful: "is-warn" }[tone] ?? "is-bad"}`;
  said.firstElementChild.textContent = words;
}

function showLink(state) {
  link.dataset.link = state;
  const now = new Date().toLocaleTimeString("ja-JP", { hour: "2-digit", minute: "2-digit", timeZone: board.dataset.zone });
  link.querySelector("[data-word]").textContent = link.dataset[state].replace("{at}", now);
  link.querySelector("a").hidden = state !== "ended";
  if (state === "ended") location.reload(); // nothing of a call stays on a screen whose session is over
}

function tick() {
  showTimers(ahead);
  const waiting = Number(document.getElementById("lines").dataset.waiting);
  document.title = waiting ? `● ${board.dataset.title.replace("{n}", waiting)} – ${title}` : title;
}

async function send(form, button) {
  const body = new FormData(form, button);
  button.disabled = true;
  try {
    const answer = await ask(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (answer.status === 403 && told.reason === "step_up") return location.assign(`/prove?next=${location.pathname}`);
    if (answer.ok) stream.take(told);
    tell(answer.ok ? (told.said ?? "") : [told.title, told.detail].filter(Boolean).join(" "), told.tone);
  } catch {
    tell(board.dataset.away);
  } finally {
    button.disabled = false;
  }
}

board.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-send]")) return;
  event.preventDefault();
  const button = event.submitter;
  if (button.dataset.sure && button.dataset.asked === undefined) {
    button.dataset.asked = ""; // a caller is moved from one phone to another: the first press says so, the second does
    return tell(button.dataset.sure, "doubtful");
  }
  delete button.dataset.asked;
  send(event.target, button);
});

listenForKeys(() => document.querySelector("#lines .alert-line") ?? board);
setInterval(tick, 1000);
tick();
stream.start();
