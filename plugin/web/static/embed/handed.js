// The window of the sign-in: hands the start token to the frame that opened it, if that is a page of ours, and goes.

const said = document.getElementById("handed");
const start = said.dataset.start;
said.removeAttribute("data-start");
if (window.opener) {
  window.opener.postMessage({ type: "denwaban:start", version: 1, start }, location.origin);
  window.close();
} else {
  said.textContent = said.dataset.lost;
}
