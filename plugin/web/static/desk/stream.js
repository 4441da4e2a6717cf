// One tab of a browser holds the event stream and feeds the others: browsers allow about six streams per host.
// What comes is state, never a log: whoever joins or reconnects gets the whole of it, so nothing can be missed.

import { ask, listen } from "./line.js";

const QUIET_MS = 40_000; // the server beats every 15 s
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

export class Stream {
  // names: { stream, state, channel }; tell: { desk(message), link("live" | "lost" | "ended"), told(message),
  //   closed(why the site can only be read, or "") }
  constructor(names, tell) {
    this.names = names;
    this.tell = tell;
    this.waitMs = FIRST_WAIT_MS;
    this.isLeader = false;
    this.link = "lost"; // until the first word of the server
    this.shownAt = 0; // what is shown was read from here (µs of the server's clock)
    this.readUntil = 0; // to here
    this.turn = 0; // how often something was shown
    this.channel = openChannel(names.channel);
    this.channel.onmessage = ({ data }) => this.#hear(data);
  }

  start() {
    if (navigator.locks) {
      const led = navigator.locks.request(this.names.channel, () => {
        this.#lead();
        return new Promise(() => {}); // held until the tab goes
      });
      led.catch(() => this.#lead()); // a frame that may keep nothing in this browser gets no locks either
      this.channel.postMessage({ kind: "ask" }); // a follower's badge shows the leader's connection
      this.refresh(); // what changed between the server's rendering and our listening
    } else {
      this.#lead(); // an insecure origin has no locks: each tab holds a stream of its own
    }
    addEventListener("online", () => this.#reopenNow());
    addEventListener("offline", () => this.isLeader && this.#lose());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.isLeader && !this.isOpen) this.#reopenNow();
    });
  }

  // Fetches the whole state; also how a tab learns that its session has ended. Asked meanwhile, it fetches once more;
  // refused or cut off, it tries again: what the page would miss is told by nobody else.
  async refresh() {
    this.isWanted = true;
    if (this.isAsking) return;
    this.isAsking = true;
    for (let waitMs = 0; this.isWanted && !this.hasEnded; waitMs = Math.min(waitMs * 2 || FIRST_WAIT_MS, LONGEST_WAIT_MS)) {
      if (waitMs) await new Promise((done) => setTimeout(done, waitMs * (0.5 + Math.random() / 2)));
      this.isWanted = false;
      if (!(await this.#fetchState()) && !this.#isAway()) this.isWanted = true;
    }
    this.isAsking = false;
  }

  async #fetchState() {
    const { turn } = this;
    const told = await this.#asked();
    if (told) this.take(told, turn);
    return told !== null;
  }

  async #asked() {
    try {
      const answer = await ask(this.names.state, { headers: { Accept: "application/json" } });
      if (answer.status === 401 || answer.status === 403) this.#end();
      return answer.ok ? await answer.json() : null;
    } catch {
      return null; // the stream's own badge tells that the server is away
    }
  }

  // Tells what the server said, unless what is shown was read later. The stream tells a change once: what one reading
  // saw and one that overlapped it did not, a third one shows. `asked`: the turn in which the page asked for it; where
  // nothing was shown since then it is newer, whatever became of the server's clock.
  take(message, asked) {
    const [at, until] = [Number(message.at), Number(message.until)];
    const isNewest = asked === this.turn;
    if (!isNewest && at < this.readUntil) this.refresh();
    if (!isNewest && at < this.shownAt) return;
    this.turn += 1;
    this.shownAt = at;
    this.readUntil = isNewest ? until : Math.max(this.readUntil, until);
    this.tell.desk(message);
  }

  // Remembers that the page itself shows something that was read after `at`.
  isSoSince(at) {
    this.turn += 1;
    this.shownAt = Math.max(this.shownAt, at);
    this.readUntil = Math.max(this.readUntil, at);
  }

  // A stream that is opened anew begins with everything.
  #isAway() {
    return this.isLeader && !this.isOpen;
  }

  // Tells the other tabs of this browser.
  post(message) {
    this.channel.postMessage({ kind: "told", message });
  }

  #hear({ kind, message }) {
    if (kind === "desk") this.take(message);
    if (kind === "link") this.tell.link(message);
    if (kind === "closed") this.tell.closed(message);
    if (kind === "ask" && this.isLeader) this.channel.postMessage({ kind: "link", message: this.link });
    if (kind === "told") this.tell.told(message);
  }

  #say(kind, message) {
    if (kind === "link") this.link = message;
    this.#hear({ kind, message });
    this.channel.postMessage({ kind, message });
  }

  #lead() {
    this.isLeader = true;
    document.documentElement.dataset.leader = "";
    this.#open();
  }

  #open() {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = listen(this.names.stream);
    this.source.addEventListener("desk", ({ data }) => {
      this.#alive();
      this.#say("desk", JSON.parse(data));
    });
    this.source.addEventListener("beat", ({ data }) => {
      this.#alive();
      this.#say("closed", JSON.parse(data).closed);
    });
    this.source.addEventListener("bye", () => this.#end());
    this.source.onerror = () => this.#lose();
    this.#watch();
  }

  #alive() {
    this.waitMs = FIRST_WAIT_MS;
    this.isOpen = true;
    this.#say("link", "live");
    this.#watch();
  }

  #watch() {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.#lose(), QUIET_MS);
  }

  #lose() {
    if (this.hasEnded) return;
    this.isOpen = false;
    this.source.close();
    clearTimeout(this.watchdog);
    this.#say("link", "lost");
    this.refresh();
    this.retry = setTimeout(() => this.#open(), this.waitMs * (0.5 + Math.random() / 2));
    this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
  }

  #reopenNow() {
    if (this.isLeader && !this.isOpen && !this.hasEnded) this.#open();
  }

  #end() {
    this.hasEnded = true;
    this.source?.close();
    clearTimeout(this.retry);
    clearTimeout(this.watchdog);
    this.#say("link", "ended");
  }
}

// The other tabs of this browser; none where a frame may keep nothing in it.
function openChannel(name) {
  try {
    return new BroadcastChannel(name);
  } catch {
    return { postMessage() {} };
  }
}
