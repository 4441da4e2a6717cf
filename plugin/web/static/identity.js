// The verification panel: sends its forms without leaving the page, counts what is filled in, and tells the time left.
// What was typed goes to the server and nowhere else; a fresh panel starts with empty fields. What stands beside it (a
// code, a call-back, two people) is sent alike, and leaves the answers that are being typed as they are.

import { ask, isCarrying } from "./desk/line.js";
import { morph } from "./desk/morph.js";

const WARN_S = 60;
const SAID_S = [30, 10]; // told to screen readers after the warning; the second by second is for the eyes
const ends = new WeakMap(); // panel → ms on this page's clock at which it ends
// What is being typed, by the form's address: it stays where the page redraws itself, and goes once it is sent.
const typed = new Map();
const waiting = new WeakSet(); // forms whose answer is still to come
let turn = Promise.resolve();

const voice = document.createElement("div");
voice.className = "identity-voice unseen";
voice.setAttribute("role", "status");
document.body.append(voice);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches?.("form[data-identity-extend]")) {
    event.preventDefault();
    extend(form);
  }
  if (!form.matches?.("form[data-identity-form]")) return;
  event.preventDefault();
  send(form, event.submitter);
});

document.addEventListener("input", ({ target }) => {
  const form = target.closest?.("form[data-identity-form]");
  if (!form) return;
  count(form);
  if (form.dataset.beside === undefined && target.matches("input[type=text]")) remember(form);
});

new MutationObserver((changes) => {
  for (const node of changes.flatMap((each) => [...each.addedNodes])) {
    for (const form of node.querySelectorAll?.("form[data-identity-form]") ?? []) restore(form);
  }
}).observe(document.body, { childList: true, subtree: true });

function remember(form) {
  const fields = [...form.querySelectorAll("input[type=text]")].filter(({ value }) => value);
  typed.set(form.action, new Map(fields.map(({ name, value }) => [name, value])));
}

function restore(form) {
  for (const [name, value] of typed.get(form.action) ?? []) {
    const field = form.elements.namedItem(name);
    if (field && !field.value) field.value = value;
  }
}

document.addEventListener("click", ({ target }) => {
  const opener = target.closest?.("[data-identity-open]");
  opener?.closest("[data-identity]").querySelector("form[data-identity-form] input[type=text]")?.focus();
});

// The desk has shortcuts of its own (body[data-keys]) that press the same button.
document.addEventListener("keydown", (event) => {
  if (document.body.dataset.keys !== undefined || event.isComposing || event.keyCode === 229) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.matches?.("input, textarea, select, [contenteditable]")) return;
  const button = [...document.querySelectorAll("[data-identity] [data-key]")].find((each) => each.dataset.key === event.key.toLowerCase());
  if (!button) return;
  event.preventDefault();
  button.click();
});

// One after the other: an answer that comes late would put back what a later one has changed.
function send(form, submitter) {
  const panel = panelOf(form);
  if (!panel || waiting.has(form)) return;
  waiting.add(form);
  const body = new URLSearchParams(new FormData(form, submitter));
  if (form.dataset.beside === undefined) typed.clear();
  turn = turn.then(() => post(form, panel, body)).finally(() => waiting.delete(form));
}

async function post(form, panel, body) {
  panel.setAttribute("aria-busy", "true");
  panel.querySelector("[data-identity-away]").hidden = true;
  try {
    const answer = await ask(form.action, { method: "POST", body, headers: { "X-Partial": "1" } });
    await show(panel, answer, true, form);
  } catch {
    sayAway(panel);
    if (form.dataset.beside === undefined) remember(form);
  } finally {
    panel.removeAttribute("aria-busy");
  }
}

// More time changes nothing else: what was typed stays.
async function extend(form) {
  const panel = form.closest("[data-identity]");
  try {
    const answer = await ask(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "X-Partial": "1" } });
    const html = await answer.text();
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-identity]");
    if (!answer.ok || fresh?.id !== panel.id) return await show(panel, new Response(html, answer), true);
    panel.dataset.endsIn = fresh.dataset.endsIn;
    panel.querySelector("[data-identity-until]").textContent = fresh.querySelector("[data-identity-until]").textContent;
    if (!fresh.querySelector("form[data-identity-extend]")) form.remove();
    ends.delete(panel);
    voice.textContent = form.dataset.said;
    tick();
  } catch {
    sayAway(panel);
  }
}

// Throws where the server, or what stands before it, is out of order for a moment.
async function show(panel, answer, asked, form) {
  const html = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = html.querySelector("[data-identity]");
  if (!fresh && answer.status >= 500) throw new Error(String(answer.status));
  if (!fresh) return leave(panel);
  const beside = form?.dataset.beside !== undefined;
  const hadFocus = (asked && !beside) || panel.contains(document.activeElement);
  const shown = put(panel, fresh, beside);
  if (!shown) return;
  const standing = putBeside(shown, html.querySelector("[data-fallbacks]"));
  const said = standing && beside ? standing.querySelector("[role=alert], [data-fallback-say]") : null;
  voice.textContent = (said ?? shown.querySelector("[data-identity-say]")).textContent;
  if (!isTyping()) goTo(standing, shown, { hadFocus, beside });
  shown.dispatchEvent(new CustomEvent("identity-changed", { bubbles: true, detail: { readAt: Number(answer.headers.get("X-Read-At")) } }));
}

// Returns the panel that stands on the page then: a page that redraws itself may have been faster, and somebody may
// be typing into what it drew; null where the call has gone from the page. After something beside it, answers stay.
function put(panel, fresh, beside) {
  const old = panel.isConnected ? panel : document.querySelector(`[data-identity="${CSS.escape(panel.dataset.identity)}"]`);
  if (old && (old !== panel || beside) && old.id === fresh.id) {
    keepCount(old, fresh);
    return old;
  }
  old?.replaceWith(fresh);
  return old && fresh;
}

// How many are to be asked changes with what was proved beside them.
function keepCount(old, fresh) {
  const [told, wanted] = [old, fresh].map((each) => each.querySelector("[data-identity-count]"));
  if (told && wanted && told.dataset.words !== wanted.dataset.words) told.replaceWith(wanted);
}

function putBeside(panel, fresh) {
  const old = panel.parentElement.querySelector("[data-fallbacks]");
  if (!fresh) old?.remove();
  else if (old && old.id === fresh.id) morph(old, fresh);
  else if (old) old.replaceWith(fresh);
  else panel.after(fresh);
  return panel.parentElement.querySelector("[data-fallbacks]");
}

// An answer that comes late takes nobody out of the field into which he types meanwhile.
function isTyping() {
  return document.activeElement?.matches("input:not([type=hidden]), textarea, select") ?? false;
}

function goTo(standing, panel, { hadFocus, beside }) {
  if (hadFocus) (panel.querySelector("input[type=text]") ?? panel.querySelector("[data-identity-focus]")).focus();
  else if (beside) goOn(standing, panel);
}

// After a code was sent one types it; after it was right, the answers; else one stays where the button was.
function goOn(standing, panel) {
  const next = standing?.querySelector(".fallback-judge input[name=code]") ?? panel.querySelector("input[type=text]");
  const lost = document.activeElement === document.body || document.activeElement === null;
  if (next && (lost || next.name === "code")) next.focus();
  else if (lost) panel.querySelector("[data-identity-focus]").focus();
}

// The panel that a form of it, or of what stands beside it, belongs to.
function panelOf(form) {
  return form.closest("[data-identity]") ?? form.closest("[data-fallbacks]")?.parentElement.querySelector("[data-identity]");
}

// What is typed here and in the note beside it stays: a page that cannot be reached would take the place of both.
function sayAway(panel) {
  const here = panel.isConnected ? panel : document.querySelector(`[data-identity="${CSS.escape(panel.dataset.identity)}"]`);
  const told = here?.querySelector("[data-identity-away]");
  if (!told) return;
  told.hidden = false;
  told.scrollIntoView({ block: "nearest" });
}

// The panel's own page tells what is the matter; a frame in another site's page, which cannot go there, asks the desk.
function leave(panel) {
  if (isCarrying()) panel.dispatchEvent(new CustomEvent("identity-changed", { bubbles: true }));
  else location.assign(panel.dataset.identity);
}

function count(form) {
  const told = form.querySelector("[data-identity-count]");
  if (!told) return;
  const filled = [...form.querySelectorAll("input[type=text]")].filter((field) => field.value.trim()).length;
  told.textContent = told.dataset.words.replace("{k}", filled);
}

function tick() {
  const here = new Set([...document.forms].map((form) => form.action));
  for (const action of typed.keys()) if (!here.has(action)) typed.delete(action);
  for (const panel of document.querySelectorAll("[data-identity]")) {
    const given = Number(panel.dataset.endsIn);
    if (!given) continue;
    if (!ends.has(panel)) ends.set(panel, performance.now() + given * 1000);
    const leftS = Math.ceil((ends.get(panel) - performance.now()) / 1000);
    if (panel.dataset.state === "in_progress") countDown(panel, Math.max(0, leftS));
    if (leftS < 0) refresh(panel);
  }
}

function countDown(panel, leftS) {
  const clock = panel.querySelector("[data-identity-left]");
  clock.hidden = false;
  clock.textContent = `${Math.floor(leftS / 60)}:${String(leftS % 60).padStart(2, "0")}`;
  panel.classList.toggle("is-ending", leftS <= WARN_S);
  const before = Number(panel.dataset.toldAt ?? Infinity);
  panel.dataset.toldAt = leftS;
  if (before > WARN_S && leftS <= WARN_S) voice.textContent = panel.dataset.warn;
  const mark = SAID_S.find((second) => before > second && leftS <= second && leftS > 0);
  if (mark && before <= WARN_S) voice.textContent = panel.dataset.left.replace("{n}", leftS);
}

async function refresh(panel) {
  panel.dataset.endsIn = "";
  try {
    await show(panel, await ask(panel.dataset.identity, { headers: { "X-Partial": "1" } }), false);
  } catch {
    ends.delete(panel);
    panel.dataset.endsIn = "5"; // no connection: ask again soon
  }
}

setInterval(tick, 1000);
