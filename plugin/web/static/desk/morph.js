// Makes an element look like a fresh one while the nodes that stay are kept, so that focus, selection and scroll
// stay where the operator has them. An element marked data-keep is his alone: it is never touched.

const OWN = ["aria-selected", "tabindex", "hidden"]; // of tabs and pops: which one is open is this page's own state
const OPEN = ["open"]; // and so it is of what unfolds

export function morph(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  if (old.dataset.keep !== undefined || old.isEqualNode(fresh)) return;
  morphAttributes(old, fresh);
  morphChildren(old, fresh);
}

function morphAttributes(old, fresh) {
  const own = old.nodeName === "DETAILS" ? OPEN : old.dataset.tab || old.dataset.call ? OWN : [];
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !own.includes(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !own.includes(name)) old.setAttribute(name, value);
  }
}

function morphChildren(old, fresh) {
  const named = new Map([...old.children].filter((each) => each.id).map((each) => [each.id, each]));
  let at = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const same = wanted.id ? named.get(wanted.id) : at && isAlike(at, wanted) ? at : null;
    if (!same) {
      old.insertBefore(wanted, at);
    } else {
      if (same === at) at = at.nextSibling;
      else old.insertBefore(same, at);
      morph(same, wanted);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function isAlike(one, other) {
  return one.nodeName === other.nodeName && !one.id && !other.id;
}
