// Shortcuts: one plain key each, shown on its button. Switched off by a button, and silent while a field has the focus
// or an IME composes.

import { read, write } from "./shelf.js";

const STORED = "denwaban-keys";

export function areKeysOn() {
  return read(STORED, "localStorage") !== "off";
}

export function switchKeys(on) {
  write(STORED, on ? "on" : "off", "localStorage");
  document.body.dataset.keys = on ? "on" : "off";
}

// `scope()` returns the element in whose visible buttons the keys live; those in the bar live always.
export function listenForKeys(scope) {
  switchKeys(areKeysOn());
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") return leaveField();
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !areKeysOn() || isField(event.target)) return;
    const wanted = event.key.toLowerCase();
    const found = [...scope().querySelectorAll("[data-key]"), ...document.querySelectorAll("body > header [data-key]")].find(
      (each) => each.dataset.key === wanted && !each.disabled && each.offsetParent !== null,
    );
    if (!found) return;
    event.preventDefault();
    found.click();
  });
}

function leaveField() {
  if (isField(document.activeElement)) document.activeElement.blur();
}

function isField(element) {
  return element instanceof HTMLElement && (element.isContentEditable || element.matches("input, textarea, select"));
}
