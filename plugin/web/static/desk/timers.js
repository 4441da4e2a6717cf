// Timers of a page: each element of class timer counts from data-since, and stands still at data-until.

export function aheadOf(now) {
  return Date.now() - Date.parse(now); // this machine's clock against the server's
}

export function showTimers(ahead) {
  for (const timer of document.querySelectorAll(".timer")) {
    const end = timer.dataset.until ? Date.parse(timer.dataset.until) : Date.now() - ahead;
    const seconds = Math.max(0, Math.floor((end - Date.parse(timer.dataset.since)) / 1000));
    const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    const pad = (number) => String(number).padStart(2, "0");
    const text = hours ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
    if (timer.textContent !== text) timer.textContent = text;
  }
}
