// Draws the waveform from the server's peaks: a lane a channel, what was heard tinted, pauses hatched, markers as ticks. As SVG in whole
// pixels of the page, so that it is crisp at any density and takes its colours, forced ones too, from the style sheet.

const SVG = "http://www.w3.org/2000/svg";
const STEP = 3; // a bar of two pixels and a gap of one
const SOFTER = 0.6; // softer sounds stay visible
const LOUDEST = 255;
const HATCH = 5;

export class Wave {
  constructor(svg) {
    this.svg = svg;
    this.drawing = { length_ms: 1, lanes: [], heard: [], gaps: [], markers: [] };
    this.cuts = [];
    this.outside = [];
    new ResizeObserver(() => this.#build()).observe(svg);
  }

  show(drawing) {
    this.drawing = drawing;
    this.#build();
  }

  // The stretches that were heard just now, beside those that the server knows.
  tint(stretches) {
    this.drawing.heard = stretches;
    this.#build();
  }

  mark(markers) {
    this.drawing.markers = markers;
    this.#build();
  }

  // The ranges that are cut out, and what lies outside of the copy: each [from, to] in milliseconds.
  cut(ranges, outside) {
    this.cuts = ranges;
    this.outside = outside;
    this.#build();
  }

  draw(atMs) {
    this.atMs = atMs;
    this.played?.setAttribute("width", String(this.#x(atMs)));
  }

  #x(ms) {
    return Math.round((Math.min(ms, this.drawing.length_ms) / this.drawing.length_ms) * this.width);
  }

  #build() {
    const { width, height } = this.svg.getBoundingClientRect();
    [this.width, this.height] = [Math.floor(width), Math.floor(height)];
    if (!this.width || !this.height) return;
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    const over = [...this.#gaps(), ...this.#cuts(), ...this.#ticks()];
    this.svg.replaceChildren(this.#clip(), ...this.#heard(), ...this.#lanes(), ...over);
    this.draw(this.atMs ?? 0);
  }

  #clip() {
    this.played = make("rect", { x: 0, y: 0, width: 0, height: this.height });
    const clip = make("clipPath", { id: "played" });
    clip.append(this.played);
    return clip;
  }

  #heard() {
    return this.drawing.heard.map(([from, to]) => {
      const x = this.#x(from);
      return make("rect", { class: "wave-heard", x, y: 0, width: Math.max(1, this.#x(to) - x), height: this.height });
    });
  }

  #cuts() {
    return [...this.#areas(this.outside, "wave-outside"), ...this.#areas(this.cuts, "wave-cut")];
  }

  #areas(stretches, name) {
    return stretches.map(([from, to]) => {
      const x = this.#x(from);
      return make("rect", { class: name, x, y: 0, width: Math.max(2, this.#x(to) - x), height: this.height });
    });
  }

  // Nothing was recorded there: strokes over the whole height, so that silence is not taken for a silent caller.
  #gaps() {
    return this.drawing.gaps.map(([from, to]) => {
      const [x, end] = [this.#x(from), Math.max(this.#x(to), this.#x(from) + 2)];
      let d = "";
      for (let at = x; at <= end; at += HATCH) d += `M${at} 0v${this.height}`;
      return make("path", { class: "wave-gap", d: `${d}M${x} 1H${end}M${x} ${this.height - 1}H${end}` });
    });
  }

  #lanes() {
    const lanes = this.drawing.lanes.filter((each) => each.peaks.length > 0);
    const high = this.height / Math.max(1, lanes.length);
    return lanes.flatMap(({ peaks }, place) => {
      const d = this.#bars(peaks, Math.round(high * (place + 0.5)), high / 2 - 3);
      const split = place && make("line", { class: "wave-split", x1: 0, x2: this.width, y1: high * place, y2: high * place });
      const rest = make("path", { class: "wave-rest", d });
      const done = make("path", { class: "wave-done", d, "clip-path": "url(#played)" });
      return [...(split ? [split] : []), rest, done];
    });
  }

  #bars(peaks, middle, most) {
    const count = Math.max(1, Math.floor(this.width / STEP));
    let d = "";
    for (let n = 0; n < count; n += 1) {
      const from = Math.floor((n * peaks.length) / count);
      const to = Math.max(from + 1, Math.floor(((n + 1) * peaks.length) / count));
      let loudest = 0;
      for (let at = from; at < to; at += 1) loudest = Math.max(loudest, peaks[at]);
      const half = Math.max(1, Math.round((loudest / LOUDEST) ** SOFTER * most));
      d += `M${n * STEP + 1} ${middle - half}v${2 * half}`;
    }
    return d;
  }

  #ticks() {
    return this.drawing.markers.map(({ at_ms }) => {
      const x = this.#x(at_ms);
      return make("path", { class: "wave-mark", d: `M${x} ${this.height}v-10M${x - 4} ${this.height}h8l-4 -6z` });
    });
  }
}

export function peaksOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function make(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}
