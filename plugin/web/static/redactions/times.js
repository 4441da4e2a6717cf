// Places in a recording as people type them: minutes, seconds, milliseconds (`1:02.345`), hours before them where needed.

export function written(ms) {
  const whole = Math.max(0, Math.round(ms));
  const pad = (number, digits) => String(number).padStart(digits, "0");
  const [hours, minutes, seconds] = [Math.floor(whole / 3600000), Math.floor(whole / 60000) % 60, Math.floor(whole / 1000) % 60];
  const tail = `${pad(seconds, 2)}.${pad(whole % 1000, 3)}`;
  return hours ? `${hours}:${pad(minutes, 2)}:${tail}` : `${minutes}:${tail}`;
}

// Returns whole milliseconds, or null for what is no place. Full-width digits count.
export function read(text) {
  const found = /^(?:(?:([0-9]{1,2}):)?([0-9]{1,3}):)?([0-9]{1,5})(?:[.,]([0-9]{1,3}))?$/.exec(text.normalize("NFKC").trim());
  if (!found) return null;
  const [, hours = "0", minutes = "0", seconds, part = "0"] = found;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(part.padEnd(3, "0"));
}
