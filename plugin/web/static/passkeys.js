// Passkeys: asks our server for a challenge, the browser for a key or a signature, and sends the answer back by the
// form that stands on the page. Without a script, or where the browser has no passkeys, nothing of it shows.

const token = document.querySelector("meta[name=form-token]").content;

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(form).catch(() => say(form, true));
  });
}

async function run(form) {
  say(form, false);
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const begun = await post(form.dataset.begin, { for: form.dataset.for ?? "" });
    const options = JSON.parse(begun.options);
    const isMaking = form.dataset.passkey === "make";
    const made = isMaking
      ? await navigator.credentials.create({ publicKey: forMaking(options) })
      : await navigator.credentials.get({ publicKey: forUse(options) });
    const fields = { ...Object.fromEntries(new FormData(form)), token: begun.token, answer: JSON.stringify(plain(made)) };
    if (isMaking) {
      location.assign((await post(form.action, fields)).next);
    } else {
      send(form, fields);
    }
  } finally {
    button.disabled = false;
  }
}

async function post(path, fields) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { Accept: "application/json", "X-Form-Token": token },
    body: new URLSearchParams(fields),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

// Goes on as a form does, so that the server leads to the next page.
function send(form, fields) {
  for (const name of ["token", "answer"]) {
    const field = form.querySelector(`[name=${name}]`) ?? form.appendChild(hidden(name));
    field.value = fields[name];
  }
  form.submit();
}

function hidden(name) {
  return Object.assign(document.createElement("input"), { type: "hidden", name });
}

function say(form, isWrong) {
  for (const each of form.querySelectorAll("[data-passkey-wrong]")) each.hidden = !isWrong;
}

function forMaking(options) {
  return {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: (options.excludeCredentials ?? []).map((each) => ({ ...each, id: bytes(each.id) })),
  };
}

function forUse(options) {
  return {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: (options.allowCredentials ?? []).map((each) => ({ ...each, id: bytes(each.id) })),
  };
}

function plain(made) {
  const response = { clientDataJSON: text(made.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[name]) response[name] = text(made.response[name]);
  }
  return { id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} };
}

function bytes(text64) {
  return Uint8Array.from(atob(text64.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
