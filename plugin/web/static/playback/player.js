// The player of one recording. It asks every second whether it may go on, and tells which stretches were heard.

const CHECK_MS = 1000;
const TELL_MS = 10000;
const MOST_FAILED_CHECKS = 3;
const MARGIN_MS = 250;

const box = document.querySelector("[data-player]");
const lengthMs = Number(box.dataset.lengthMs);
const toggle = box.querySelector("[data-toggle]");
const toggleWord = box.querySelector("[data-toggle-word]");
const seek = box.querySelector("[data-seek]");
const time = box.querySelector("[data-time]");
const played = box.querySelector("[data-played]");
const formToken = document.querySelector('meta[name="form-token"]').content;
const sound = new Audio();
sound.preload = "none";
sound.src = box.dataset.audio;

let heardFrom = null;
let heardTo = 0;
let failedChecks = 0;
let isOver = false;

function clock(ms) {
  const whole = Math.floor(ms / 1000);
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0"));
  return whole >= 3600 ? [Math.floor(whole / 3600), ...parts].join(":") : parts.join(":").replace(/^0/, "");
}

function draw() {
  const at = Math.min(lengthMs, sound.currentTime * 1000);
  const words = box.dataset.position.replace("{at}", clock(at)).replace("{of}", clock(lengthMs));
  seek.value = String(at);
  seek.setAttribute("aria-valuetext", words);
  time.textContent = words;
  played.setAttribute("width", String((at / lengthMs) * played.ownerSVGElement.viewBox.baseVal.width));
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

function tellHeard() {
  const [from, to] = [Math.floor(heardFrom ?? 0), Math.min(Math.ceil(heardTo), lengthMs)];
  const isNew = heardFrom !== null && to - from > 0;
  heardFrom = null;
  if (!isNew) return;
  fetch(box.dataset.heard, {
    method: "POST",
    body: new URLSearchParams({ from_ms: String(from), to_ms: String(to) }),
    headers: { "X-Form-Token": formToken, Accept: "application/json" },
    keepalive: true,
  }).catch(() => {}); // the server knows from its own lines that the listening began
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
  if (failedChecks >= MOST_FAILED_CHECKS && !isOver) {
    failedChecks = 0;
    sound.pause();
    say("lost");
  }
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
  for (const each of box.querySelectorAll("[data-toggle], [data-step], [data-seek], [data-speed]")) each.disabled = true;
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
  sound.play().catch((error) => {
    if (error.name !== "AbortError" && !isOver) drawToggle();
  });
});
for (const step of box.querySelectorAll("[data-step]")) {
  step.addEventListener("click", () => jump(sound.currentTime * 1000 + Number(step.dataset.step) * 1000));
}
seek.addEventListener("input", () => jump(Number(seek.value)));
box.querySelector("[data-speed]").addEventListener("change", (event) => {
  sound.playbackRate = Number(event.target.value);
});

sound.addEventListener("timeupdate", () => {
  if (!sound.paused && !sound.seeking) noteHeard();
  draw();
});
sound.addEventListener("play", drawToggle);
sound.addEventListener("pause", () => {
  drawToggle();
  if (!isOver) tellHeard();
});
sound.addEventListener("error", async () => {
  if (isOver || !sound.getAttribute("src")) return;
  const answer = await fetch(box.dataset.grant, { headers: { Accept: "application/json" }, cache: "no-store" }).catch(() => null);
  if (isOver) return;
  end(answer === null ? "failed" : answer.ok ? await whyShut() : "over");
});
window.addEventListener("pagehide", tellHeard);

// ---- keys: silent in fields and while an IME composes; the desk's switch turns them off everywhere ----

function areKeysOn() {
  return localStorage.getItem("denwaban-keys") !== "off";
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey || !areKeysOn()) return;
  if (event.target.matches("textarea, select, input:not([type=range])")) return;
  const found = box.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!found || found.disabled) return;
  event.preventDefault();
  found.click();
});
document.body.dataset.keys = areKeysOn() ? "on" : "off";

setInterval(check, CHECK_MS);
setInterval(() => {
  if (!sound.paused) tellHeard();
}, TELL_MS);
draw();
