// What the page around the frame is told (docs/salesforce.md, "Messages"): ids, states and a height, never a name, a
// number or a word of a note. Only the configured site hears it: each message names its origin to the browser.

const VERSION = 1;

export class Host {
  constructor(origin) {
    this.origin = origin;
    addEventListener("message", ({ source, origin: from, data }) => {
      if (source !== parent || from !== this.origin) return;
      if (data?.type === "denwaban:hello" && data.version === VERSION) this.tell("ready");
    });
    new ResizeObserver(() => this.#measure()).observe(document.body);
  }

  tell(type, facts = {}) {
    parent.postMessage({ type: `denwaban:${type}`, version: VERSION, ...facts }, this.origin);
  }

  #measure() {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (height === this.height) return;
    this.height = height;
    this.tell("height", { height });
  }
}
