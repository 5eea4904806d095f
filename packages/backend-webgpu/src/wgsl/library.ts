// Functions that shaders use, by name; a shader gets those that its text mentions, and what these need.
import { FLOAT_FUNCTIONS } from "./float-functions.js";
import { WIDE_FUNCTIONS } from "./wide-functions.js";

/** Access to elements smaller than a word, and values that WGSL has no constants for. */
const ELEMENT_FUNCTIONS: Readonly<Record<string, string>> = {
  half_of: `fn half_of(word: u32, index: u32) -> u32 { return (word >> ((index & 1u) * 16u)) & 0xffffu; }`,
  byte_of: `fn byte_of(word: u32, index: u32) -> u32 { return (word >> ((index & 3u) * 8u)) & 0xffu; }`,
  // Always 0, which no compiler can know; set by `main`.
  zero_word: `var<private> zero_word: u32;`,
  // Variables, as constant expressions may be neither infinite nor NaN.
  INF_BITS: `var<private> INF_BITS: u32 = 0x7f800000u;`,
  NAN_BITS: `var<private> NAN_BITS: u32 = 0x7fc00000u;`,
  inf: `fn inf() -> f32 { return bitcast<f32>(INF_BITS); }`,
  nan: `fn nan() -> f32 { return bitcast<f32>(NAN_BITS); }`,
  from_bits: `fn from_bits(bits: u32) -> f32 { return bitcast<f32>(bits ^ zero_word); }`,
  is_nan: `fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }`,
  is_inf: `fn is_inf(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u; }`,
  f16_value: `fn f16_value(h: u32) -> f32 {
  let sign = (h & 0x8000u) << 16u;
  let exponent = (h >> 10u) & 31u;
  let fraction = h & 1023u;
  if (exponent == 0u) {
    let size = f32(fraction) * 5.9604644775390625e-8f;
    return bitcast<f32>(bitcast<u32>(size) | sign);
  }
  if (exponent == 31u) { return bitcast<f32>(sign | 0x7f800000u | (fraction << 13u)); }
  return bitcast<f32>(sign | ((exponent + 112u) << 23u) | (fraction << 13u));
}`,
  f16_bits: `fn f16_bits(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let sign = (bits >> 16u) & 0x8000u;
  let size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) { return sign | 0x7e00u; }
  if (size >= 0x477ff000u) { return sign | 0x7c00u; }
  if (size < 0x33000000u) { return sign; }
  if (size < 0x38800000u) {
    let shift = 126u - (size >> 23u);
    let whole = (size & 0x7fffffu) | 0x800000u;
    let kept = whole >> shift;
    let rest = whole & ((1u << shift) - 1u);
    let tie = 1u << (shift - 1u);
    return sign | (kept + select(0u, 1u, rest > tie || (rest == tie && (kept & 1u) == 1u)));
  }
  let kept = (size - 0x38000000u) >> 13u;
  let rest = size & 0x1fffu;
  return sign | (kept + select(0u, 1u, rest > 0x1000u || (rest == 0x1000u && (kept & 1u) == 1u)));
}`,
  // Four elements of two words.
  f16_four: `fn f16_four(low: u32, high: u32) -> vec4<f32> {
  return vec4<f32>(f16_value(low & 0xffffu), f16_value(low >> 16u), f16_value(high & 0xffffu), f16_value(high >> 16u));
}`,
  bf16_four: `fn bf16_four(low: u32, high: u32) -> vec4<f32> {
  return bitcast<vec4<f32>>(vec4<u32>(low << 16u, low & 0xffff0000u, high << 16u, high & 0xffff0000u));
}`,
  bf16_bits: `fn bf16_bits(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) { return (bits >> 16u) | 0x40u; }
  return (bits + 0x7fffu + ((bits >> 16u) & 1u)) >> 16u;
}`,
};

const LIBRARY: Readonly<Record<string, string>> = {
  ...ELEMENT_FUNCTIONS,
  ...FLOAT_FUNCTIONS,
  ...WIDE_FUNCTIONS,
};

/** The library functions that `source` mentions, with what they need. */
export function libraryFor(source: string): string {
  const found = new Set<string>();
  const open = [source];
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    for (const [name] of text.matchAll(/[A-Za-z_][A-Za-z_0-9]*/g)) {
      const code = Object.hasOwn(LIBRARY, name) ? LIBRARY[name] : undefined;
      if (code === undefined || found.has(name)) continue;
      found.add(name);
      open.push(code);
    }
  }
  return [...found].map((name) => LIBRARY[name]).join("\n");
}
