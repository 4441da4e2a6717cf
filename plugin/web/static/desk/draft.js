// Keeps what is typed: a draft goes to the server within two seconds of the first letter, and at once when the page
// is left or hidden. Saving sends the note on its way; what the server refuses stays in the form with the reason.

import { ask } from "./line.js";

const SAVE_AFTER_MS = 2000;

export class Drafts {
  // tell(message): the other tabs of this browser; after(answer): an answer of the server that holds fresh state
  constructor(tell, after) {
    this.tell = tell;
    this.after = after;
    this.dirty = new Map(); // form → timer
    this.unkept = new Set(); // forms of which only this page knows what is typed
    document.addEventListener("input", ({ target }) => {
      const form = target.closest?.("form[data-draft]");
      if (form) this.#touch(form, target);
    });
    document.addEventListener("submit", (event) => {
      if (event.target.matches("form[data-draft]")) {
        event.preventDefault();
        this.#save(event.target);
      }
    });
    document.addEventListener("keydown", (event) => {
      const form = event.target.closest?.("form[data-draft]");
      if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) form.requestSubmit();
    });
    addEventListener("beforeunload", (event) => {
      if ([...this.unkept].some((form) => form.isConnected)) event.preventDefault();
    });
    addEventListener("pagehide", () => this.#flush());
    document.addEventListener("visibilitychange", () => document.hidden && this.#flush());
  }

  // Takes over what another tab or a colleague wrote, unless somebody is writing here.
  take({ form: id, fields }) {
    const form = document.getElementById(id);
    if (!form || this.dirty.has(form) || form.contains(document.activeElement)) return;
    for (const [name, value] of Object.entries(fields)) {
      if (form.elements[name]) form.elements[name].value = value;
    }
  }

  #touch(form, field) {
    if (field.name === "topic") this.#useTemplate(form);
    form.querySelector("[data-error]").replaceChildren();
    this.#keepSoon(form);
  }

  #keepSoon(form) {
    if (!this.dirty.has(form)) this.dirty.set(form, setTimeout(() => this.#keep(form), SAVE_AFTER_MS));
  }

  // A topic brings its template: hints in the fields that are still empty, never over what is written.
  #useTemplate(form) {
    const topic = form.elements.topic.value;
    const option = [...document.querySelectorAll("#topics option")].find((each) => each.value === topic);
    for (const name of ["request", "response", "promise", "next_step"]) {
      form.elements[name].placeholder = option?.dataset[name] ?? "";
    }
  }

  #flush() {
    for (const form of [...this.dirty.keys()]) this.#keep(form);
  }

  async #keep(form) {
    clearTimeout(this.dirty.get(form));
    this.dirty.delete(form);
    const at = form.querySelector("[data-draft-at]");
    try {
      const answer = await ask(form.dataset.draft, { method: "POST", body: new FormData(form), keepalive: true });
      const { time } = answer.ok ? await answer.json() : {};
      if (answer.status >= 500) throw new Error(String(answer.status)); // it passes: the draft must not be lost to it
      at.textContent = answer.ok ? `${at.dataset.saved} ${time}` : at.dataset.failed;
      if (answer.ok) this.#kept(form);
    } catch {
      at.textContent = at.dataset.away;
      this.unkept.add(form);
      this.#keepSoon(form);
    }
  }

  #kept(form) {
    const error = form.querySelector("[data-error]");
    if (error.textContent === error.dataset.away) error.textContent = error.dataset.back;
    this.unkept.delete(form);
    this.#tellOthers(form);
  }

  #tellOthers(form) {
    const { form_token: _, ...fields } = Object.fromEntries(new FormData(form));
    this.tell({ kind: "draft", form: form.id, fields });
  }

  async #save(form) {
    clearTimeout(this.dirty.get(form));
    this.dirty.delete(form);
    const error = form.querySelector("[data-error]");
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      const headers = { Accept: "application/json" };
      const answer = await ask(form.action, { method: "POST", body: new FormData(form), headers });
      const told = await answer.json();
      if (answer.ok) {
        error.replaceChildren();
        this.unkept.delete(form);
        form.elements.version.value = told.version;
        form.querySelector("[data-draft-at]").textContent = "";
        this.#tellOthers(form);
        this.after(told);
      } else {
        error.textContent = [told.title, told.detail].filter(Boolean).join(" ");
        form.elements[told.field]?.focus();
        this.unkept.add(form);
        this.#keepSoon(form);
      }
    } catch {
      error.textContent = error.dataset.away;
      this.unkept.add(form);
      this.#keepSoon(form);
    } finally {
      button.disabled = false;
    }
  }
}
