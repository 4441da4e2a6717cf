// Watches the calls on the desk and tells the host of each change once: that one rings, was taken, is over, and whose
// record belongs to it. Of several frames of one browser the leader tells of records, and the one where he chose.

import { read, write } from "../desk/shelf.js";

const TOLD = "denwaban-told";
const WORDS = { ringing: "ringing", talking: "answered", held: "answered" };

export class Calls {
  constructor(host) {
    this.host = host;
    this.words = new Map(); // call id → what was told of it last
    this.records = new Map(Object.entries(JSON.parse(read(TOLD) ?? "{}"))); // survives a reload: no record opens twice
    this.chosenHere = new Set();
  }

  watch() {
    const tabs = document.getElementById("tabs");
    const look = () => this.#look(tabs);
    document.addEventListener("submit", ({ target }) => {
      const pop = target.elements?.customer_id && target.closest("[data-call]");
      if (pop) this.chosenHere.add(pop.dataset.call);
    }, true);
    const seen = ["data-phase", "data-record", "data-by"];
    new MutationObserver(look).observe(tabs, { childList: true, subtree: true, attributes: true, attributeFilter: seen });
    new MutationObserver(look).observe(document.documentElement, { attributeFilter: ["data-leader"] });
    look();
  }

  #look(tabs) {
    const now = new Map([...tabs.children].map((tab) => [tab.dataset.tab, tab.dataset]));
    for (const [call, { phase, record, by }] of now) {
      this.#say(call, WORDS[phase] ?? "ended");
      if (record && this.#mayOpen(call)) this.#open(call, record, by);
    }
    for (const call of [...this.words.keys()]) {
      if (now.has(call)) continue;
      this.#say(call, "ended");
      this.words.delete(call);
    }
    for (const call of [...this.records.keys()]) if (!now.has(call)) this.records.delete(call);
  }

  #say(call, word) {
    if (this.words.get(call) === word) return;
    const isNews = this.words.has(call) || word !== "ended"; // a note still to be written is no call that ended now
    this.words.set(call, word);
    if (isNews) this.host.tell(word, { call });
  }

  #mayOpen(call) {
    return "leader" in document.documentElement.dataset || this.chosenHere.has(call);
  }

  #open(call, record, by) {
    if (this.records.get(call) === record) return;
    this.records.set(call, record);
    write(TOLD, JSON.stringify(Object.fromEntries(this.records)));
    this.host.tell("pop", { call, record, by });
  }
}
