// The player of one recording. It asks every second whether it may go on, and tells which stretches were heard. What
// its grant opened, buffered sound, drawing and words, is thrown away in the moment in which the grant ends.

import { Wave, peaksOf } from "./wave.js";
import { Markers, Transcript, clock } from "./words.js";

const CHECK_MS = 1000;
const TELL_MS = 10000;
const MOST_FAILED_CHECKS = 3;
const MARGIN_MS = 250;
const STEP_MS = 5000;
const LONG_STEP_MS = 30000;
const JSON_ONLY = { Accept: "application/json" };

const box = document.querySelector("[data-player]");
const lengthMs = Number(box.dataset.lengthMs);
const toggle = box.querySelector("[data-toggle]");
const toggleWord = box.querySelector("[data-toggle-word]");
const seek = box.querySelector("[data-seek]");
const time = box.querySelector("[data-time]");
const speed = box.querySelector("[data-speed]");
const formToken = document.querySelector('meta[name="form-token"]').content;
const sound = new Audio();
sound.preload = "none";
sound.preservesPitch = true; // people are understood at any speed
sound.src = box.dataset.audio;

const wave = new Wave(box.querySelector("[data-wave]"));
const marking = document.querySelector("[data-marking]");
const spoken = document.querySelector("[data-transcript]");
const transcript = spoken && new Transcript(spoken, jump); // a copy has neither
const markers =
  marking &&
  new Markers(marking, {
    jump,
    post,
    now: () => sound.currentTime * 1000,
    changed: (all) => wave.mark(all),
  });

let heard = []; // what anybody has heard of it, as far as we know
let heardFrom = null;
let heardTo = 0;
let failedChecks = 0;
let isOver = false;

function draw() {
  const at = Math.min(lengthMs, sound.currentTime * 1000);
  const words = box.dataset.position.replace("{at}", clock(at)).replace("{of}", clock(lengthMs));
  seek.value = String(at);
  seek.setAttribute("aria-valuetext", words);
  time.textContent = words;
  wave.draw(at);
  transcript?.follow(at);
}

function say(name) {
  for (const each of box.querySelectorAll("[data-said]")) each.hidden = each.dataset.said !== name;
}

function drawToggle() {
  toggleWord.textContent = sound.paused ? box.dataset.play : box.dataset.pause;
}

// ---- what was heard ----

function noteHeard() {
  const at = sound.currentTime * 1000;
  if (heardFrom === null) heardFrom = at;
  heardTo = Math.max(heardFrom, at);
}

// The clock speaks four times a second, at double speed every half second of sound: while it plays, the next stretch
// begins where this one ended.
function tellHeard({ goesOn = false } = {}) {
  const [from, to] = [Math.floor(heardFrom ?? 0), Math.min(Math.ceil(heardTo), lengthMs)];
  const isNew = heardFrom !== null && to - from > 0;
  heardFrom = goesOn && heardFrom !== null ? heardTo : null;
  if (!isNew) return;
  heard = joined([...heard, [from, to]]);
  wave.tint(heard);
  fetch(box.dataset.heard, {
    method: "POST",
    body: new URLSearchParams({ from_ms: String(from), to_ms: String(to) }),
    headers: { "X-Form-Token": formToken, Accept: "application/json" },
    keepalive: true,
  }).catch(() => {}); // the server knows from its own lines that the listening began
}

function joined(stretches) {
  const found = [];
  for (const [from, to] of stretches.toSorted((one, other) => one[0] - other[0])) {
    const last = found.at(-1);
    if (last && from <= last[1] + MARGIN_MS) last[1] = Math.max(last[1], to);
    else found.push([from, to]);
  }
  return found;
}

// ---- what is drawn beside it ----

async function loadDrawing() {
  try {
    const answer = await fetch(box.dataset.drawing, { headers: JSON_ONLY, cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    const drawing = await answer.json();
    if (isOver) return;
    heard = drawing.heard;
    wave.show({ ...drawing, lanes: drawing.lanes.map((lane) => ({ ...lane, peaks: peaksOf(lane.peaks) })) });
    nameLanes(drawing.lanes);
    nameGaps(drawing.gaps);
    markers?.show(drawing.markers);
    transcript?.show(drawing.segments);
  } catch {
    if (!isOver) say("drawing"); // the sound plays without it
  }
  box.dataset.drawn = "";
}

function nameLanes(lanes) {
  const names = box.querySelector("[data-lanes]");
  names.hidden = lanes.length < 2;
  names.replaceChildren(...lanes.map(({ speaker }, place) => laneName(speaker, place)));
}

// What was not recorded, also in words: the drawing alone tells nobody who cannot see it.
function nameGaps(gaps) {
  const words = box.querySelector("[data-gaps]");
  words.hidden = gaps.length === 0;
  words.querySelector("[data-at]").textContent = gaps.map(([from, to]) => `${clock(from)}–${clock(to)}`).join(box.dataset.between);
  box.querySelector("[data-gap-key]").hidden = words.hidden;
}

function laneName(speaker, place) {
  const name = document.createElement("li");
  name.textContent = speaker === "unknown" ? box.dataset[place ? "right" : "left"] : box.dataset[speaker];
  return name;
}

async function post(path, fields) {
  const headers = { ...JSON_ONLY, "X-Form-Token": formToken };
  const answer = await fetch(path, { method: "POST", body: new URLSearchParams(fields), headers });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

// ---- may it go on ----

async function check() {
  if (sound.paused || isOver) return;
  try {
    const answer = await fetch(box.dataset.grant, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.ok) failedChecks = 0;
    else if (answer.status < 500) end("over");
    else failedChecks += 1;
  } catch {
    failedChecks += 1;
  }
  if (failedChecks >= MOST_FAILED_CHECKS && !isOver) lose();
}

// The server is away, and what was granted may still be: played again, it goes on from the same place.
function lose() {
  failedChecks = 0;
  sound.pause();
  drawToggle();
  say("lost");
}

// A sound that once failed plays no more until it is loaded anew.
function reload() {
  if (!sound.error) return;
  const at = sound.currentTime;
  sound.load();
  sound.currentTime = at;
}

// The browser says only that it could not play; the server says why.
async function whyShut() {
  const asked = { headers: { Accept: "application/json", Range: "bytes=0-0" }, cache: "no-store" };
  const answer = await fetch(box.dataset.audio, asked).catch(() => null);
  const reason = answer?.status === 409 ? (await answer.json().catch(() => ({}))).reason : "";
  return box.querySelector(`[data-said="${CSS.escape(reason ?? "")}"]`) ? reason : "failed";
}

function end(word) {
  isOver = true;
  sound.pause();
  tellHeard();
  sound.removeAttribute("src"); // what is buffered goes too
  sound.load();
  drawToggle();
  for (const each of box.querySelectorAll("[data-toggle], [data-step], [data-seek], [data-speed], [data-mark]")) each.disabled = true;
  wave.show({ length_ms: lengthMs, lanes: [], heard: [], gaps: [], markers: [] });
  box.querySelector("[data-gaps]").hidden = true;
  markers?.clear();
  transcript?.clear();
  say(word);
}

// ---- hands ----

function jump(toMs) {
  if (isOver) return;
  tellHeard();
  sound.currentTime = Math.max(0, Math.min(lengthMs - MARGIN_MS, toMs)) / 1000;
  draw();
}

toggle.addEventListener("click", () => {
  if (isOver) return;
  if (!sound.paused) return sound.pause();
  say("");
  reload();
  sound.play().catch((error) => {
    if (error.name !== "AbortError" && !isOver) drawToggle();
  });
});
for (const step of box.querySelectorAll("[data-step]")) {
  step.addEventListener("click", () => jump(sound.currentTime * 1000 + Number(step.dataset.step) * 1000));
}
seek.addEventListener("input", () => jump(Number(seek.value)));
speed.addEventListener("change", () => {
  sound.playbackRate = sound.defaultPlaybackRate = Number(speed.value); // the latter outlives a fresh load
});
document.querySelector("[data-mark]")?.addEventListener("click", () => {
  if (!isOver) markers.begin(sound.currentTime * 1000);
});

sound.addEventListener("timeupdate", () => {
  if (!sound.paused && !sound.seeking) noteHeard();
  draw();
});
for (const begun of ["playing", "seeked"]) {
  sound.addEventListener(begun, () => {
    if (!sound.paused) noteHeard();
  });
}
sound.addEventListener("play", drawToggle);
sound.addEventListener("pause", () => {
  drawToggle();
  if (sound.ended) {
    heardFrom ??= Math.max(0, lengthMs - MARGIN_MS); // the clock's last word comes a little before the end
    heardTo = lengthMs;
  }
  if (!isOver) tellHeard();
});
sound.addEventListener("error", async () => {
  if (isOver || !sound.getAttribute("src")) return;
  const answer = await fetch(box.dataset.grant, { headers: { Accept: "application/json" }, cache: "no-store" }).catch(() => null);
  if (isOver) return;
  if (answer === null || answer.status >= 500) return lose();
  end(answer.ok ? await whyShut() : "over");
});
window.addEventListener("pagehide", () => tellHeard());

// ---- keys: silent in fields and while an IME composes; the desk's switch turns them off everywhere but on the slider ----

function areKeysOn() {
  return localStorage.getItem("denwaban-keys") !== "off";
}

function onKey(event) {
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
  const isSlider = event.target === seek;
  if (!isSlider && (!areKeysOn() || event.target.matches("textarea, select, input"))) return;
  if (!press(event)) return;
  event.preventDefault();
}

// Returns whether the key was ours.
function press({ key, code, shiftKey, target }) {
  const at = sound.currentTime * 1000;
  const direction = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1 }[key];
  if (direction && (target === seek || !key.endsWith("Up") && !key.endsWith("Down"))) {
    jump(at + direction * (shiftKey ? LONG_STEP_MS : STEP_MS));
    return true;
  }
  if (!areKeysOn()) return false;
  if (key === " ") {
    if (target.closest("button, a, summary, label")) return false; // it presses what has the focus
    toggle.click();
    return true;
  }
  if (/^Digit[0-9]$|^Numpad[0-9]$/.test(code) && !shiftKey) {
    jump((Number(code.at(-1)) / 10) * lengthMs);
    return true;
  }
  const found = document.querySelector(`[data-key="${CSS.escape(key.toLowerCase())}"]`);
  if (!found || found.disabled) return false;
  found.click();
  return true;
}

document.addEventListener("keydown", onKey);
document.body.dataset.keys = areKeysOn() ? "on" : "off";

setInterval(check, CHECK_MS);
setInterval(() => {
  if (!sound.paused) tellHeard({ goesOn: true });
}, TELL_MS);
draw();
loadDrawing();

export { jump, lengthMs, sound, wave }; // for what is drawn and chosen on the same waveform
