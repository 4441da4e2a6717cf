// The ranges of a recording that a copy will not have: drawn on the strip under the waveform, set at the place that is
// playing, or typed. Nothing is sent before the form is.

import { jump, lengthMs, sound, wave } from "../playback/player.js";
import { read, written } from "./times.js";

const LEAST_MS = 10;
const EDGE_PX = 8;
const AROUND_MS = 1000;
const NUDGE_MS = 10;
const FAR_NUDGE_MS = 100;
const MOST_RANGES = 500;

const box = document.querySelector("[data-cuts]");
const form = box.querySelector("form");
const list = box.querySelector("[data-ranges]");
const row = box.querySelector("template");
const strip = document.querySelector("[data-strip]");
const preview = box.querySelector("[data-preview]");
const none = form.elements.none;
const ends = { from: box.querySelector("[data-stretch-from]"), to: box.querySelector("[data-stretch-to]") }; // a clip's

let ranges = box.dataset.given.split(" ").filter(Boolean).map(given); // { from, to, reason, row }
let open = null; // where a range began that has no end yet
let lastReason = box.dataset.reason;

function given(text) {
  const [, from, to, reason] = /^([0-9]+)-([0-9]+):([a-z_]+)$/.exec(text) ?? [];
  return { from: Number(from), to: Number(to), reason };
}

function stretch() {
  if (!ends.from) return [0, lengthMs];
  return [read(ends.from.value) ?? 0, Math.min(lengthMs, read(ends.to.value) ?? lengthMs)];
}

// ---- drawing ----

function draw() {
  ranges.sort((one, other) => one.from - other.from || one.to - other.to);
  for (const each of ranges) each.row ??= rowOf(each);
  const wanted = ranges.map((each) => each.row);
  if (wanted.length !== list.children.length || wanted.some((each, place) => list.children[place] !== each)) {
    const focused = document.activeElement;
    list.replaceChildren(...wanted);
    if (list.contains(focused)) focused.focus();
  }
  for (const each of ranges) fill(each);
  box.querySelector("[data-none-yet]").hidden = ranges.length > 0;
  none.closest("label").hidden = ranges.length > 0;
  box.querySelector("[data-sum]").textContent = ranges.length ? sum() : "";
  const [from, to] = stretch();
  wave.cut(ranges.map((each) => [each.from, each.to]), [[0, from], [to, lengthMs]].filter(([a, b]) => b > a));
  drawStrip();
}

function fill({ from, to, reason, row: line }) {
  const [start, stop] = [line.querySelector("[data-from]"), line.querySelector("[data-to]")];
  if (document.activeElement !== start) start.value = written(from);
  if (document.activeElement !== stop) stop.value = written(to);
  line.querySelector("[data-reason]").value = reason;
  line.querySelector("[data-off]").setAttribute("aria-label", box.dataset.off.replace("{from}", written(from)));
  line.querySelector("[data-around]").setAttribute("aria-label", box.dataset.around.replace("{from}", written(from)));
}

function sum() {
  let [total, seen] = [0, 0];
  for (const { from, to } of ranges) {
    total += Math.max(0, to - Math.max(from, seen));
    seen = Math.max(seen, to);
  }
  return box.dataset.total.replace("{n}", String(ranges.length)).replace("{length}", written(total));
}

function rowOf(range) {
  const line = row.content.firstElementChild.cloneNode(true);
  const [start, stop] = [line.querySelector("[data-from]"), line.querySelector("[data-to]")];
  start.addEventListener("input", () => typed(range, start, "from"));
  stop.addEventListener("input", () => typed(range, stop, "to"));
  for (const [field, end] of [[start, "from"], [stop, "to"]]) {
    field.addEventListener("blur", draw);
    field.addEventListener("keydown", (event) => nudge(event, range, field, end));
  }
  line.querySelector("[data-reason]").addEventListener("change", ({ target }) => {
    range.reason = lastReason = target.value;
  });
  line.querySelector("[data-off]").addEventListener("click", () => takeOff(range));
  line.querySelector("[data-around]").addEventListener("click", () => playAround(range));
  return line;
}

function typed(range, field, end) {
  const at = read(field.value);
  const isGood = at !== null && at <= lengthMs && (end === "from" ? range.to - at : at - range.from) >= LEAST_MS;
  field.setAttribute("aria-invalid", String(!isGood));
  if (!isGood) return;
  range[end] = at;
  draw();
}

function nudge(event, range, field, end) {
  const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (!direction || event.isComposing) return;
  event.preventDefault();
  const at = range[end] + direction * (event.shiftKey ? FAR_NUDGE_MS : NUDGE_MS);
  field.value = written(at);
  typed(range, field, end);
}

function takeOff(range) {
  const place = ranges.indexOf(range);
  ranges = ranges.filter((each) => each !== range);
  draw();
  const next = ranges[Math.min(place, ranges.length - 1)];
  (next?.row.querySelector("[data-off]") ?? box.querySelector("[data-begin]")).focus();
}

function add(from, to) {
  const [start, stop] = [Math.max(0, Math.round(Math.min(from, to))), Math.min(lengthMs, Math.round(Math.max(from, to)))];
  if (stop - start < LEAST_MS || ranges.length >= MOST_RANGES) return;
  const range = { from: start, to: stop, reason: lastReason };
  ranges.push(range);
  draw(); // and nothing moves nor takes the focus: the next range is drawn, or marked by a key, right away
  say(box.dataset.added.replace("{from}", written(start)).replace("{to}", written(stop)));
}

// ---- at the place that is playing ----

function begin() {
  open = sound.currentTime * 1000;
  say(box.dataset.begun.replace("{at}", written(open)));
  drawStrip();
}

function endHere() {
  if (open === null) return say(box.dataset.unbegun);
  const from = open;
  open = null;
  say("");
  add(from, sound.currentTime * 1000);
  drawStrip();
}

function say(words) {
  box.querySelector("[data-open]").textContent = words;
}

box.querySelector("[data-begin]").addEventListener("click", begin);
box.querySelector("[data-end]").addEventListener("click", endHere);

// ---- by hand, on the strip ----

const SVG = "http://www.w3.org/2000/svg";
let dragging = null; // { range, end } of one that is there, or { from } of a new one

function drawStrip() {
  const width = strip.clientWidth;
  strip.setAttribute("viewBox", `0 0 ${Math.max(1, width)} ${Math.max(1, strip.clientHeight)}`);
  const drawn = [...ranges.map((each) => [each.from, each.to, "cut-block"])];
  if (open !== null) drawn.push([open, Math.max(open, sound.currentTime * 1000), "cut-block is-open"]);
  if (dragging?.from !== undefined) drawn.push([Math.min(dragging.from, dragging.to), Math.max(dragging.from, dragging.to), "cut-block is-open"]);
  strip.replaceChildren(
    ...drawn.map(([from, to, name]) => {
      const block = document.createElementNS(SVG, "rect");
      const [x, end] = [(from / lengthMs) * width, (to / lengthMs) * width];
      const told = { class: name, x, y: 0, width: Math.max(3, end - x), height: strip.clientHeight, rx: 3 };
      for (const [key, value] of Object.entries(told)) block.setAttribute(key, String(value));
      return block;
    }),
  );
}

function at(event) {
  const { left, width } = strip.getBoundingClientRect();
  return Math.max(0, Math.min(lengthMs, ((event.clientX - left) / width) * lengthMs));
}

function edgeAt(ms) {
  const near = (EDGE_PX / strip.clientWidth) * lengthMs;
  const found = ranges.flatMap((range) => ["from", "to"].map((end) => ({ range, end, far: Math.abs(range[end] - ms) })));
  return found.filter(({ far }) => far <= near).sort((one, other) => one.far - other.far)[0];
}

strip.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  event.preventDefault();
  strip.setPointerCapture(event.pointerId);
  const ms = at(event);
  dragging = edgeAt(ms) ?? { from: ms, to: ms };
});

strip.addEventListener("pointermove", (event) => {
  const ms = at(event);
  if (!dragging) {
    strip.classList.toggle("is-edge", Boolean(edgeAt(ms)));
    return;
  }
  if (dragging.range) {
    const { range, end } = dragging;
    range[end] = end === "from" ? Math.min(Math.round(ms), range.to - LEAST_MS) : Math.max(Math.round(ms), range.from + LEAST_MS);
    draw();
  } else {
    dragging.to = ms;
    drawStrip();
  }
});

strip.addEventListener("pointerup", (event) => {
  const done = dragging;
  dragging = null;
  if (done?.from === undefined) return;
  const [from, to] = [Math.min(done.from, done.to), Math.max(done.from, done.to)];
  const isDrag = to - from > (EDGE_PX / 2 / strip.clientWidth) * lengthMs;
  const inside = ranges.find((range) => range.from <= from && from <= range.to);
  if (isDrag) add(from, to);
  else if (inside) inside.row.querySelector("[data-from]").focus();
  else jump(at(event));
  drawStrip();
});

strip.addEventListener("pointercancel", () => {
  dragging = null;
  drawStrip();
});
new ResizeObserver(drawStrip).observe(strip);

// ---- hearing it as it will be ----

let until = null; // where playing around a range ends

function isPreviewing() {
  return preview.getAttribute("aria-pressed") === "true";
}

preview.addEventListener("click", () => {
  preview.setAttribute("aria-pressed", String(!isPreviewing()));
});

function playAround({ from, to }) {
  preview.setAttribute("aria-pressed", "true");
  jump(from - AROUND_MS);
  until = to + AROUND_MS;
  sound.play().catch(() => {});
}

function listen() {
  const ms = sound.currentTime * 1000;
  const isCut = isPreviewing() && ranges.some((each) => each.from <= ms && ms < each.to);
  if (sound.muted !== isCut) sound.muted = isCut;
  if (until !== null && ms >= until) {
    until = null;
    sound.pause();
  }
  if (open !== null) drawStrip();
  requestAnimationFrame(listen);
}

sound.addEventListener("seeking", () => {
  if (until !== null && sound.currentTime * 1000 > until) until = null;
});

// ---- a clip's stretch ----

for (const [end, field] of Object.entries(ends)) {
  if (!field) continue;
  const hidden = form.elements[`${end}_ms`];
  const take = () => {
    const ms = read(field.value);
    field.setAttribute("aria-invalid", String(ms === null || ms > lengthMs + 1000));
    if (ms !== null) hidden.value = String(Math.min(ms, lengthMs));
    draw();
  };
  field.value = written(Number(hidden.value));
  field.addEventListener("input", take);
  box.querySelector(`[data-here="${end}"]`).addEventListener("click", () => {
    field.value = written(sound.currentTime * 1000);
    take();
  });
}

form.addEventListener("submit", () => {
  for (const each of form.querySelectorAll('input[name="range"]')) each.remove();
  for (const { from, to, reason } of ranges) {
    const hidden = document.createElement("input");
    Object.assign(hidden, { type: "hidden", name: "range", value: `${from}-${to}:${reason}` });
    form.append(hidden);
  }
});

draw();
listen();
