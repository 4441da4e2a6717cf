// Watches the calls on the desk and tells the host of each change once: that one rings, was taken, is over, and whose
// record belongs to it. Of several frames of one browser the leader tells of records, and the one where he chose.

const WORDS = { ringing: "ringing", talking: "answered", held: "answered" };

export class Calls {
  constructor(host) {
    this.host = host;
    this.words = new Map(); // call id → what was told of it last
    this.records = new Map(); // call id → the record that was told
    this.before = new Map(); // the same from before this page was loaded
    this.chosenHere = new Set();
  }

  // isAgain: the page around us was loaded anew; what stands on the desk already has had its record opened.
  watch(isAgain) {
    const tabs = document.getElementById("tabs");
    const look = () => this.#look(tabs);
    if (isAgain) for (const { dataset } of tabs.children) this.before.set(dataset.tab, dataset.record);
    const chose = ({ target }) => {
      const pop = target.elements?.customer_id && target.closest("[data-call]");
      if (pop) this.chosenHere.add(pop.dataset.call);
    };
    document.addEventListener("submit", chose, true);
    const seen = ["data-phase", "data-record", "data-by"];
    new MutationObserver(look).observe(tabs, { childList: true, subtree: true, attributeFilter: seen });
    new MutationObserver(look).observe(document.documentElement, { attributeFilter: ["data-leader"] });
    look();
  }

  #look(tabs) {
    const now = new Map([...tabs.children].map((tab) => [tab.dataset.tab, tab.dataset]));
    for (const [call, { phase, record, by }] of now) {
      this.#say(call, WORDS[phase] ?? "ended");
      if (record && this.#isNews(call, record)) {
        this.records.set(call, record);
        this.host.tell("pop", { call, record, by });
      }
    }
    for (const call of [...this.words.keys()].filter((each) => !now.has(each))) {
      this.#say(call, "ended");
      this.words.delete(call);
      this.records.delete(call);
    }
  }

  #say(call, word) {
    if (this.words.get(call) === word) return;
    const isNews = this.words.has(call) || word !== "ended"; // a note still to be written is no call that ended now
    this.words.set(call, word);
    if (isNews) this.host.tell(word, { call });
  }

  #isNews(call, record) {
    if (this.records.get(call) === record) return false;
    if (this.chosenHere.has(call)) return true;
    return "leader" in document.documentElement.dataset && this.before.get(call) !== record;
  }
}
