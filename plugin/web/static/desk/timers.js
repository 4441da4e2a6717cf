// Timers of a page: each element of class timer counts from data-since, and stands still at data-until; with data-down
// it counts down to data-until.

export function aheadOf(now) {
  return Date.now() - Date.parse(now); // this machine's clock against the server's
}

export function showTimers(ahead) {
  for (const timer of document.querySelectorAll(".timer")) {
    if ("down" in timer.dataset) {
      showLeft(timer, Date.parse(timer.dataset.until) - (Date.now() - ahead));
      continue;
    }
    const end = timer.dataset.until ? Date.parse(timer.dataset.until) : Date.now() - ahead;
    const seconds = Math.max(0, Math.floor((end - Date.parse(timer.dataset.since)) / 1000));
    const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    const pad = (number) => String(number).padStart(2, "0");
    const text = hours ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
    if (timer.textContent !== text) timer.textContent = text;
  }
}

function showLeft(timer, leftMs) {
  const left = Math.max(0, Math.ceil(leftMs / 1000));
  const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  if (timer.textContent !== text) timer.textContent = text;
}
