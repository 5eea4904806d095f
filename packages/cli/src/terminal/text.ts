// Text for people: names from files made harmless, sizes, counts and errors in few characters.

/** C0 (but tab and newline) and C1 controls, and marks that turn the direction of text. */
function obeyed(code: number): boolean {
  return (
    (code < 0x20 && code !== 0x09 && code !== 0x0a) ||
    (code >= 0x7f && code <= 0x9f) ||
    [0x200e, 0x200f].includes(code) ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069)
  );
}

/** Names from files may hold control characters that a terminal obeys; they become `\\xNN`. */
export function harmless(text: string): string {
  let out = "";
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0;
    out += obeyed(code) ? (code < 256 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`) : c;
  }
  return out;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

/** `1,234,567`. */
export function count(n: number): string {
  return String(n).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** `3 nodes`, `1 node`. */
export function plural(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** `1.2 MB` with decimal prefixes. */
export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let i = 0;
  let v = n;
  while (v >= 999.5 && i < units.length - 1) {
    v /= 1000;
    i++;
  }
  return `${i === 0 ? v : v.toPrecision(3)} ${units[i] ?? ""}`;
}

/** An error figure: `0`, `3.1e-7`. */
export function figure(v: number): string {
  return v === 0 || !Number.isFinite(v) ? String(v) : v.toExponential(1);
}

/** Seconds or milliseconds. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
