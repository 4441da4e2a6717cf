// The desk: puts what the server tells into the page without moving the focus, a tab per call, and says it aloud.

import { Drafts } from "./draft.js";
import { areKeysOn, listenForKeys, switchKeys } from "./keys.js";
import { ask } from "./line.js";
import { morph } from "./morph.js";
import { forget } from "../gone.js";
import { read, write } from "./shelf.js";
import { Stream } from "./stream.js";
import { aheadOf, showTimers } from "./timers.js";

const desk = document.getElementById("desk");
const tabs = document.getElementById("tabs");
const pops = document.getElementById("pops");
const idleRoom = document.getElementById("idle-room");
const waitingRoom = document.getElementById("waiting-room");
const checksRoom = document.getElementById("checks-room");
const answeredMark = document.getElementById("answered-mark");
const alertsRoom = document.getElementById("alerts-room");
const alarm = document.getElementById("alarm");
const notice = document.getElementById("notice");
const voice = document.getElementById("voice");
const link = document.getElementById("link");
const title = document.title;
const ahead = aheadOf(desk.dataset.now);

const stream = new Stream(
  { stream: desk.dataset.stream, state: desk.dataset.state, channel: `denwaban-desk-${desk.dataset.user}` },
  { desk: show, link: showLink, told: hear, closed: showClosed },
);
const drafts = new Drafts((message) => stream.post(message), showOwn);

function hear(message) {
  if (message.kind === "draft") drafts.take(message);
  if (message.kind === "changed") stream.refresh();
}

// message: { at: µs, until: µs, order: [call id], pops: {call id: html}, tabs: {call id: html}, parts: {name: html},
//   notes: {call id: {field: text}}, idle: html, checks: html, waiting: html, alerts: html }
function show(message) {
  for (const id of message.order) {
    const pop = message.pops[id] && parse(message.pops[id]);
    if (pop && !document.getElementById(`call-${id}`)) pops.append(pop);
    else if (pop) for (const part of pop.querySelectorAll("[data-part]")) showPart(part);
    if (message.tabs[id]) showTab(id, parse(message.tabs[id]));
  }
  for (const html of Object.values(message.parts)) showPart(parse(html));
  for (const [id, fields] of Object.entries(message.notes)) drafts.take({ form: `note-${id}`, fields });
  if (message.idle) morph(idleRoom.firstElementChild, parse(message.idle));
  if (message.waiting) morph(waitingRoom.firstElementChild, parse(message.waiting));
  if (message.checks) showChecks(parse(message.checks));
  if (message.alerts) showAlerts(parse(message.alerts));
  keepOnly(message.order);
  tick();
}

function showOwn(answer) {
  if (answer.order) stream.take(answer); // at once; the stream tells the other tabs
}

function parse(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html; // rendered and escaped by our own server
  return holder.content.firstElementChild;
}

function showPart(fresh) {
  const old = document.querySelector(`[data-part="${fresh.dataset.part}"]`);
  if (old) morph(old, fresh);
}

function showTab(id, fresh) {
  const old = document.getElementById(fresh.id);
  const before = old?.dataset.say;
  if (old) morph(old, fresh);
  else tabs.append(fresh);
  if (before !== fresh.dataset.say) say(fresh.dataset.say);
}

function showChecks(fresh) {
  const before = checksRoom.firstElementChild.dataset.say;
  morph(checksRoom.firstElementChild, fresh);
  markAnswered();
  if (fresh.dataset.say && fresh.dataset.say !== before) say(fresh.dataset.say);
}

// Answers lie below the call that is being worked on: the bar says that there are some, until they are put away.
function markAnswered() {
  const words = checksRoom.firstElementChild.dataset.answered;
  const had = document.activeElement === answeredMark;
  answeredMark.hidden = !words;
  answeredMark.querySelector("[data-word]").textContent = words;
  if (had && !words) document.getElementById("desk-head").focus();
}

answeredMark.addEventListener("click", () => {
  const answered = checksRoom.querySelector("[data-answered-check]");
  answered?.scrollIntoView({ block: "nearest" });
  answered?.querySelector("h2").focus();
});
markAnswered();

function showAlerts(fresh) {
  const before = alertsRoom.firstElementChild.dataset.say;
  morph(alertsRoom.firstElementChild, fresh);
  if (fresh.dataset.say !== before) alarm.textContent = fresh.dataset.say ?? "";
}

function keepOnly(order) {
  const open = openCall();
  for (const tab of [...tabs.children]) {
    if (order.includes(tab.dataset.tab)) continue;
    const pop = document.getElementById(`call-${tab.dataset.tab}`);
    if (pop?.contains(document.activeElement)) document.getElementById("desk-head").focus();
    pop?.remove();
    tab.remove();
  }
  const sorted = order.map((id) => document.getElementById(`tab-${id}`)).filter(Boolean);
  sorted.forEach((tab, at) => tabs.children[at] !== tab && tabs.insertBefore(tab, tabs.children[at]));
  select(order.includes(open) ? open : order[0]); // a new call never takes the place of the one being worked on
  tabs.hidden = order.length === 0;
  idleRoom.hidden = order.length > 0;
}

function openCall() {
  return tabs.querySelector('[aria-selected="true"]')?.dataset.tab;
}

function select(id) {
  for (const tab of tabs.children) {
    const isOpen = tab.dataset.tab === id;
    tab.setAttribute("aria-selected", String(isOpen));
    tab.tabIndex = isOpen ? 0 : -1;
    const pop = document.getElementById(`call-${tab.dataset.tab}`);
    if (pop) pop.hidden = !isOpen;
  }
  if (id) write("denwaban-open", id);
}

function say(text) {
  if (text && !document.hidden) voice.textContent = text;
}

const TONES = { done: "is-good", doubtful: "is-warn" };

function complain(text, tone) {
  notice.hidden = false;
  delete notice.dataset.untilLive;
  notice.className = `notice ${TONES[tone] ?? "is-bad"}`;
  notice.firstElementChild.textContent = text;
}

function showLink(state) {
  const was = link.dataset.link;
  if (was === state) return;
  link.dataset.link = state;
  const word = link.querySelector("[data-word]");
  const now = new Date().toLocaleTimeString("ja-JP", { hour: "2-digit", minute: "2-digit", timeZone: desk.dataset.zone });
  word.textContent = link.dataset[state].replace("{at}", now);
  link.querySelector("a").hidden = state !== "ended";
  if (state === "ended") forget();
  if (state === "live") for (const each of document.querySelectorAll("[data-until-live]")) each.hidden = true;
  if (was) say(word.textContent);
}

function showClosed(why) {
  const closed = document.getElementById("closed");
  closed.hidden = !why;
  if (closed.firstElementChild.textContent !== why) closed.firstElementChild.textContent = why;
}

function tick() {
  showTimers(ahead);
  const ringing = tabs.querySelectorAll('[data-phase="ringing"]').length;
  document.title = ringing ? `● ${desk.dataset.ringing.replace("{n}", ringing)} – ${title}` : title;
  if (ringing) navigator.setAppBadge?.(ringing).catch(() => {});
  else navigator.clearAppBadge?.().catch(() => {});
}

async function send(form, button) {
  const body = new FormData(form, button);
  if (button) button.disabled = true;
  try {
    const headers = { Accept: "application/json" };
    const answer = await ask(form.action, { method: "POST", body, headers });
    const told = await answer.json();
    notice.hidden = answer.ok;
    if (answer.ok) showOwn(told);
    if (told.said) complain(told.said, told.tone);
    else if (!answer.ok) complain([told.title, told.detail].filter(Boolean).join(" "));
  } catch {
    complain(desk.dataset.away);
    notice.dataset.untilLive = "";
  } finally {
    if (button) button.disabled = false;
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-send]")) return;
  event.preventDefault();
  send(event.target, event.submitter);
});
tabs.addEventListener("click", ({ target }) => {
  const tab = target.closest("[data-tab]");
  if (tab) select(tab.dataset.tab);
});
tabs.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const all = [...tabs.children];
  const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
  select(next.dataset.tab);
  next.focus();
});
document.addEventListener("click", ({ target }) => {
  const going = target.closest("[data-go]");
  if (going) document.getElementById(going.dataset.go)?.querySelector("input:not([type=hidden]), textarea, select, button")?.focus();
  const keys = target.closest("[data-switch-keys]");
  if (keys) showKeys(!areKeysOn());
});

// The panel redraws itself after a verdict; the rest of the call opens, or closes, with it.
document.addEventListener("identity-changed", ({ detail }) => {
  stream.isSoSince(detail?.readAt ?? 0); // what is on its way from before would put the old panel back
  stream.refresh();
  stream.post({ kind: "changed" });
});

function showKeys(on) {
  switchKeys(on);
  for (const each of document.querySelectorAll("[data-switch-keys]")) each.setAttribute("aria-pressed", String(on));
}

listenForKeys(() => document.querySelector(".pop:not([hidden])") ?? desk);
showKeys(areKeysOn());
const stored = read("denwaban-open");
if (document.getElementById(`tab-${stored}`)) select(stored);
setInterval(tick, 1000);
tick();
stream.start();
