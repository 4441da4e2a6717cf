// The line to our server. In a window of ours the browser's cookie says who asks; inside another site's page, where it
// has none, a session of that page goes along in a header. It stands in this page's memory and nowhere else.

const AGAIN_AFTER_MS = 500;

let session = "";

export function carry(token) {
  session = token;
}

export function isCarrying() {
  return session !== "";
}

export async function ask(url, options = {}) {
  if (!session) return fetchTwice(url, options);
  return fetch(url, { ...options, headers: { ...options.headers, "X-Denwaban-Session": session } });
}

// A step-up in another tab changes the cookie: what was on its way with the former one is asked again with the new one.
async function fetchTwice(url, options) {
  const answer = await fetch(url, options);
  if (answer.status !== 401) return answer;
  await new Promise((done) => setTimeout(done, AGAIN_AFTER_MS));
  return fetch(url, options);
}

// Server-sent events, as the browser's own EventSource where a cookie is enough.
export function listen(url) {
  return session ? new Events(url) : new EventSource(url);
}

class Events extends EventTarget {
  constructor(url) {
    super();
    this.stop = new AbortController();
    this.onerror = null;
    this.#read(url);
  }

  close() {
    this.stop.abort();
  }

  async #read(url) {
    try {
      const answer = await ask(url, { headers: { Accept: "text/event-stream" }, signal: this.stop.signal });
      if (answer.ok) await this.#hear(answer.body.pipeThrough(new TextDecoderStream()).getReader());
    } catch {
      // told below, like a stream that the server ended
    }
    if (!this.stop.signal.aborted) this.onerror?.();
  }

  async #hear(reader) {
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) this.#tell(block);
    }
  }

  #tell(block) {
    const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/s, 2)));
    this.dispatchEvent(new MessageEvent(fields.event, { data: fields.data }));
  }
}
