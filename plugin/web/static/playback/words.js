// What stands beside the sound in words: markers, and the transcript in step with the sound. All of it is text that
// strangers wrote: it is set as text, never as markup.

export function clock(ms) {
  const whole = Math.floor(ms / 1000);
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0"));
  return whole >= 3600 ? [Math.floor(whole / 3600), ...parts].join(":") : parts.join(":").replace(/^0/, "");
}

export class Markers {
  // box: the section; hands: { jump(ms), post(path, fields) → Promise<markers>, changed(markers) }
  constructor(box, hands) {
    this.box = box;
    this.hands = hands;
    this.list = box.querySelector("[data-markers]");
    this.row = box.querySelector("template");
    this.form = box.querySelector("form");
    this.input = this.form.elements.words;
    this.form.addEventListener("submit", (event) => this.#set(event));
    this.list.addEventListener("click", ({ target }) => this.#click(target));
  }

  show(markers) {
    this.list.replaceChildren(...markers.map((each) => this.#draw(each)));
    this.box.querySelector("[data-none]").hidden = markers.length > 0;
  }

  // Opens the line for a new marker at this place.
  begin(atMs) {
    this.atMs = Math.floor(atMs);
    this.box.querySelector("[data-marker-at]").textContent = clock(this.atMs);
    this.input.focus();
  }

  clear() {
    this.list.replaceChildren();
    for (const each of this.form.elements) each.disabled = true;
  }

  async #set(event) {
    event.preventDefault();
    const words = this.input.value.trim();
    if (!words) return;
    const atMs = this.atMs ?? Math.floor(this.hands.now());
    await this.#send(this.form.action, { at_ms: String(atMs), words }, () => (this.input.value = ""));
    this.atMs = undefined;
  }

  async #send(path, fields, done) {
    const wrong = this.box.querySelector("[data-wrong]");
    try {
      const markers = await this.hands.post(path, fields);
      wrong.hidden = true;
      done?.();
      this.show(markers);
      this.hands.changed(markers);
    } catch {
      wrong.hidden = false;
    }
  }

  #draw({ id, at_ms, words, author, is_own }) {
    const row = this.row.content.firstElementChild.cloneNode(true);
    row.querySelector("[data-go]").dataset.go = String(at_ms);
    row.querySelector("[data-at]").textContent = clock(at_ms);
    row.querySelector("[data-words]").textContent = words;
    row.querySelector("[data-author]").textContent = author;
    const off = row.querySelector("[data-off]");
    off.dataset.off = id;
    off.hidden = !is_own;
    return row;
  }

  #click(target) {
    const go = target.closest("[data-go]");
    if (go) this.hands.jump(Number(go.dataset.go));
    const off = target.closest("[data-off]");
    if (off) {
      this.#send(`${new URL(this.form.action).pathname}/${off.dataset.off}/off`, {}, () => this.input.focus());
    }
  }
}

export class Transcript {
  // box: the section; jump(ms)
  constructor(box, jump) {
    this.box = box;
    this.list = box.querySelector("[data-segments]");
    this.row = box.querySelector("template");
    this.segments = [];
    this.list.addEventListener("click", ({ target }) => {
      const go = target.closest("[data-go]");
      if (go) jump(Number(go.dataset.go));
    });
  }

  show(segments) {
    this.segments = segments;
    this.list.replaceChildren(...segments.map((each) => this.#draw(each)));
    this.box.querySelector("[data-none]").hidden = segments.length > 0;
  }

  // Marks what is being said now, and keeps it in sight within the list's own box.
  follow(atMs) {
    const place = this.segments.findIndex(({ from_ms, to_ms }) => from_ms <= atMs && atMs < to_ms);
    if (place === this.place) return;
    this.list.children[this.place]?.removeAttribute("aria-current");
    this.place = place;
    const row = this.list.children[place];
    if (!row) return;
    row.setAttribute("aria-current", "true");
    const [top, bottom] = [row.offsetTop, row.offsetTop + row.offsetHeight];
    if (top < this.list.scrollTop || bottom > this.list.scrollTop + this.list.clientHeight) this.list.scrollTop = top;
  }

  clear() {
    this.segments = [];
    this.list.replaceChildren();
  }

  #draw({ from_ms, speaker, words }) {
    const row = this.row.content.firstElementChild.cloneNode(true);
    row.querySelector("[data-go]").dataset.go = String(from_ms);
    row.querySelector("[data-at]").textContent = clock(from_ms);
    row.querySelector("[data-speaker]").textContent = this.box.dataset[speaker];
    row.querySelector("[data-words]").textContent = words;
    row.dataset.by = speaker;
    return row;
  }
}
