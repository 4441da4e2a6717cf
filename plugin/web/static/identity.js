// The verification panel: sends its forms without leaving the page, counts what is filled in, and tells the time left.
// What was typed goes to the server and nowhere else; a fresh panel starts with empty fields.

import { ask, isCarrying } from "./desk/line.js";

const WARN_S = 60;
const ends = new WeakMap(); // panel → ms on this page's clock at which it ends

const voice = document.createElement("div");
voice.className = "identity-voice";
voice.setAttribute("role", "status");
document.body.append(voice);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches?.("form[data-identity-form]")) return;
  event.preventDefault();
  send(form, event.submitter);
});

document.addEventListener("input", ({ target }) => {
  const form = target.closest?.("form[data-identity-form]");
  if (form) count(form);
});

document.addEventListener("click", ({ target }) => {
  const opener = target.closest?.("[data-identity-open]");
  opener?.closest("[data-identity]").querySelector("form[data-identity-form] input[type=text]")?.focus();
});

// The desk has shortcuts of its own (body[data-keys]) that press the same button.
document.addEventListener("keydown", (event) => {
  if (document.body.dataset.keys !== undefined || event.isComposing || event.keyCode === 229) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.key.toLowerCase() !== "v") return;
  if (event.target.matches?.("input, textarea, select, [contenteditable]")) return;
  const button = document.querySelector("[data-identity] [data-key=v]");
  if (!button) return;
  event.preventDefault();
  button.click();
});

async function send(form, submitter) {
  const panel = form.closest("[data-identity]");
  if (panel.getAttribute("aria-busy") === "true") return;
  panel.setAttribute("aria-busy", "true");
  try {
    const body = new URLSearchParams(new FormData(form, submitter));
    const answer = await ask(form.action, { method: "POST", body, headers: { "X-Partial": "1" } });
    await show(panel, answer, true);
  } catch {
    away(panel); // nothing was lost but the answers
  } finally {
    panel.removeAttribute("aria-busy");
  }
}

async function show(panel, answer, asked) {
  const html = await answer.text();
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-identity]");
  if (!fresh) {
    away(panel);
    return;
  }
  const hadFocus = asked || panel.contains(document.activeElement);
  const shown = put(panel, fresh);
  if (!shown) return;
  voice.textContent = shown.querySelector("[data-identity-say]").textContent;
  if (hadFocus) (shown.querySelector("input[type=text]") ?? shown.querySelector("[data-identity-focus]")).focus();
  shown.dispatchEvent(new CustomEvent("identity-changed", { bubbles: true, detail: { readAt: Number(answer.headers.get("X-Read-At")) } }));
}

// Returns the panel that stands on the page then: a page that redraws itself may have been faster, and somebody may
// be typing into what it drew; null where the call has gone from the page.
function put(panel, fresh) {
  const old = panel.isConnected ? panel : document.querySelector(`[data-identity="${CSS.escape(panel.dataset.identity)}"]`);
  if (old && old !== panel && old.id === fresh.id) return old;
  old?.replaceWith(fresh);
  return old && fresh;
}

// The panel's own page tells what is the matter; a frame in another site's page, which cannot go there, asks the desk.
function away(panel) {
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
  for (const panel of document.querySelectorAll("[data-identity]")) {
    const given = Number(panel.dataset.endsIn);
    if (!given) continue;
    if (!ends.has(panel)) ends.set(panel, performance.now() + given * 1000);
    const leftS = Math.ceil((ends.get(panel) - performance.now()) / 1000);
    if (leftS === WARN_S && panel.dataset.state === "in_progress") voice.textContent = panel.dataset.warn;
    if (leftS < 0) refresh(panel);
  }
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
