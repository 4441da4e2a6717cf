// Small things that a page remembers. A frame inside another site's page may be refused the browser's store: then they
// last as long as the page.

const own = new Map();

export function read(name, store = "sessionStorage") {
  try {
    return window[store].getItem(name);
  } catch {
    return own.get(name) ?? null;
  }
}

export function write(name, value, store = "sessionStorage") {
  try {
    window[store].setItem(name, value);
  } catch {
    own.set(name, value);
  }
}
