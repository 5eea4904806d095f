// Numbers as Python's format() writes them: %.nf and %.ne with ties to even, where JavaScript rounds them away from 0.

/** The most that JavaScript writes: enough to show every tie exactly. */
const ALL_DIGITS = 100;

/** `format(v, ".nf")` of a number below 10²¹. */
export function fixed(v: number, digits: number): string {
  return withSign(v, toEven(Math.abs(v).toFixed(digits), isTie(v, digits), digits));
}

/** `format(v, ".ne")` of a finite number: two exponent digits at least. */
export function scientific(v: number, digits: number): string {
  const [mantissa, exponent] = Math.abs(v).toExponential(digits).split("e") as [string, string];
  const text = toEven(mantissa, isMantissaTie(v, digits), digits);
  const power = exponent.slice(1).padStart(2, "0");
  return withSign(v, `${text}e${exponent.charAt(0)}${power}`);
}

function withSign(v: number, text: string): string {
  return v < 0 || Object.is(v, -0) ? `-${text}` : text;
}

/** JavaScript takes the larger neighbour of a tie; when its last digit is odd, the smaller one is even. */
function toEven(rounded: string, tie: boolean, digits: number): string {
  if (!tie || digits === 0) return rounded;
  const last = Number(rounded.at(-1));
  return last % 2 === 1 ? rounded.slice(0, -1) + String(last - 1) : rounded;
}

/** Whether v lies exactly between two numbers of `digits` decimals. */
function isTie(v: number, digits: number): boolean {
  return /^50*$/.test(decimals(Math.abs(v).toFixed(ALL_DIGITS)).slice(digits));
}

function isMantissaTie(v: number, digits: number): boolean {
  return /^50*$/.test(decimals(Math.abs(v).toExponential(ALL_DIGITS).split("e")[0]!).slice(digits));
}

function decimals(text: string): string {
  return text.slice(text.indexOf(".") + 1);
}
