// What one thread of this engine can do at most: float32 multiplies and adds, and bytes to and from memory. The module
// is written as bytes, so that no kernel of ours sets its own bar.
const [I32, V128] = [0x7f, 0x7b];
/** Independent chains of multiply-add: enough to hide the latency, few enough for the registers. */
const CHAINS = [8, 12];
const BUFFER_BYTES = 64 << 20;

const leb = (value) => {
  const out = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return [...out, rest];
};
const sleb = (value) => {
  const out = [];
  let rest = value;
  for (;;) {
    const low = rest & 127;
    rest >>= 7;
    if ((rest === 0 && !(low & 64)) || (rest === -1 && low & 64)) return [...out, low];
    out.push(low | 128);
  }
};
const simd = (code, ...immediates) => [0xfd, ...leb(code), ...immediates];
const get = (i) => [0x20, i];
const set = (i) => [0x21, i];
const constant = (v) => [0x41, ...sleb(v)];
const splat = (v) => [0x43, ...new Uint8Array(new Float32Array([v]).buffer), ...simd(0x13)];
const [MUL, ADD, MADD] = [simd(0xe6), simd(0xe4), simd(0x105)];
const extract = simd(0x1f, 0);
const load = (offset) => simd(0x00, 4, ...leb(offset));
const section = (id, body) => [id, ...leb(body.length), ...body];
const list = (items) => [...leb(items.length), ...items.flat()];

/** do { body; } while (n -= step): the loop's counter is parameter 0. */
const loop = (step, body) => [
  0x03,
  0x40,
  ...body,
  ...get(0),
  ...constant(step),
  0x6b,
  0x22,
  0,
  0x0d,
  0,
  0x0b,
];

function moduleBytes(relaxed) {
  const sum = (items) => items.flatMap((i, k) => [...get(i), ...(k ? ADD : [])]);
  // Locals: 0 = count, 1 = factor, 2 = term, 3… = accumulators.
  const peak = (chains) => {
    const acc = Array.from({ length: chains }, (_, i) => i + 3);
    return [
      ...splat(0.5),
      ...set(1),
      ...splat(0.25),
      ...set(2),
      ...acc.flatMap((i) => [...splat(i), ...set(i)]),
      ...loop(
        1,
        acc.flatMap((i) => [
          ...get(i),
          ...get(1),
          ...(relaxed ? [...get(2), ...MADD] : [...MUL, ...get(2), ...ADD]),
          ...set(i),
        ]),
      ),
      ...sum(acc),
      ...extract,
      0x0b,
    ];
  };
  // Parameter 0 = bytes left (also the address, from the end); locals 1…4 = accumulators.
  const four = [1, 2, 3, 4];
  const read = [
    ...loop(
      64,
      four.flatMap((i) => [
        ...get(0),
        ...constant(64),
        0x6b,
        ...load((i - 1) * 16),
        ...get(i),
        ...ADD,
        ...set(i),
      ]),
    ),
    ...sum(four),
    ...extract,
    0x0b,
  ];
  const copy = [...constant(BUFFER_BYTES), ...constant(0), ...get(0), 0xfc, 10, 0, 0, 0x43, 0, 0, 0, 0, 0x0b];
  const code = (locals, body) => {
    const all = [...(locals ? [1, ...leb(locals), V128] : [0]), ...body];
    return [...leb(all.length), ...all];
  };
  const name = (s) => [s.length, ...new TextEncoder().encode(s)];
  const pages = leb((2 * BUFFER_BYTES) / 65536);
  return new Uint8Array([
    0x00,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, list([[0x60, 1, I32, 1, 0x7d]])),
    ...section(3, list([[0], [0], [0], [0]])),
    ...section(5, list([[0, ...pages]])),
    ...section(7, list(["read", "copy", "peak0", "peak1"].map((n, i) => [...name(n), 0, i]))),
    ...section(10, list([code(4, read), code(0, copy), ...CHAINS.map((c) => code(c + 2, peak(c)))])),
  ]);
}

const LOOPS = 2_000_000;
const round = (v) => Math.round(v * 10) / 10;

function timed(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

let compiled = null;
/** GFLOP/s of multiplies and adds that this thread gets at this moment: a median, where `roofline` has the best. */
export async function present(relaxed, repeats = 9) {
  compiled ??= (await WebAssembly.instantiate(moduleBytes(relaxed))).instance.exports;
  const rates = Array.from(
    { length: repeats },
    () => (LOOPS * CHAINS[1] * 8) / timed(() => compiled.peak1(LOOPS)) / 1e6,
  );
  return round(rates.sort((a, b) => a - b)[repeats >> 1]);
}

/**
 * `{ peakGflops, readGBs, copyGBs }` of one thread: the best of some repeats before and after V8 optimises, with
 * `relaxed` by relaxed multiply-adds. A copied byte counts twice.
 */
export async function roofline(relaxed, repeats = 15) {
  const { instance } = await WebAssembly.instantiate(moduleBytes(relaxed));
  const { read, copy, peak0, peak1 } = instance.exports;
  const best = (work) => {
    let least = Infinity;
    for (let i = 0; i < repeats; i++) least = Math.min(least, timed(work));
    return least;
  };
  return {
    peakGflops: round(
      Math.max(...[peak0, peak1].map((peak, i) => (LOOPS * CHAINS[i] * 8) / best(() => peak(LOOPS)) / 1e6)),
    ),
    readGBs: round(BUFFER_BYTES / best(() => read(BUFFER_BYTES)) / 1e6),
    copyGBs: round((2 * BUFFER_BYTES) / best(() => copy(BUFFER_BYTES)) / 1e6),
  };
}
