// Arithmetic of 64-bit integers in WGSL, which has none: vec2<u32> of low and high word, two's complement.

/** By name; see library.ts. */
export const WIDE_FUNCTIONS: Readonly<Record<string, string>> = {
  w_add: `fn w_add(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let low = a.x + b.x;
  return vec2<u32>(low, a.y + b.y + select(0u, 1u, low < a.x));
}`,
  w_neg: `fn w_neg(a: vec2<u32>) -> vec2<u32> { return w_add(~a, vec2<u32>(1u, 0u)); }`,
  w_sub: `fn w_sub(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  return vec2<u32>(a.x - b.x, a.y - b.y - select(0u, 1u, a.x < b.x));
}`,
  w_product: `fn w_product(a: u32, b: u32) -> vec2<u32> {
  let al = a & 0xffffu; let ah = a >> 16u;
  let bl = b & 0xffffu; let bh = b >> 16u;
  let ll = al * bl; let lh = al * bh; let hl = ah * bl;
  let middle = (ll >> 16u) + (lh & 0xffffu) + (hl & 0xffffu);
  return vec2<u32>((ll & 0xffffu) | (middle << 16u), ah * bh + (lh >> 16u) + (hl >> 16u) + (middle >> 16u));
}`,
  w_mul: `fn w_mul(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let low = w_product(a.x, b.x);
  return vec2<u32>(low.x, low.y + a.x * b.y + a.y * b.x);
}`,
  w_eq: `fn w_eq(a: vec2<u32>, b: vec2<u32>) -> bool { return a.x == b.x && a.y == b.y; }`,
  w_ult: `fn w_ult(a: vec2<u32>, b: vec2<u32>) -> bool { return a.y < b.y || (a.y == b.y && a.x < b.x); }`,
  w_slt: `fn w_slt(a: vec2<u32>, b: vec2<u32>) -> bool {
  let ah = bitcast<i32>(a.y); let bh = bitcast<i32>(b.y);
  return ah < bh || (ah == bh && a.x < b.x);
}`,
  w_negative: `fn w_negative(a: vec2<u32>) -> bool { return (a.y >> 31u) == 1u; }`,
  w_abs: `fn w_abs(a: vec2<u32>) -> vec2<u32> { if (w_negative(a)) { return w_neg(a); } return a; }`,
  w_shl: `fn w_shl(a: vec2<u32>, n: u32) -> vec2<u32> {
  if (n == 0u) { return a; }
  if (n >= 32u) { return vec2<u32>(0u, a.x << (n - 32u)); }
  return vec2<u32>(a.x << n, (a.y << n) | (a.x >> (32u - n)));
}`,
  w_shr: `fn w_shr(a: vec2<u32>, n: u32) -> vec2<u32> {
  if (n == 0u) { return a; }
  if (n >= 32u) { return vec2<u32>(a.y >> (n - 32u), 0u); }
  return vec2<u32>((a.x >> n) | (a.y << (32u - n)), a.y >> n);
}`,
  w_sar: `fn w_sar(a: vec2<u32>, n: u32) -> vec2<u32> {
  if (w_negative(a)) { return ~w_shr(~a, n); }
  return w_shr(a, n);
}`,
  // Quotient and remainder of unsigned numbers, bit by bit.
  w_divide: `fn w_divide(a: vec2<u32>, b: vec2<u32>) -> vec4<u32> {
  var quotient = vec2<u32>(0u);
  var rest = vec2<u32>(0u);
  for (var i = 63i; i >= 0i; i--) {
    let carried = (rest.y >> 31u) == 1u;
    rest = w_shl(rest, 1u);
    rest.x |= w_shr(a, u32(i)).x & 1u;
    if (carried || !w_ult(rest, b)) {
      rest = w_sub(rest, b);
      quotient = quotient | w_shl(vec2<u32>(1u, 0u), u32(i));
    }
  }
  return vec4<u32>(quotient, rest);
}`,
  w_udiv: `fn w_udiv(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  if (b.x == 0u && b.y == 0u) { return vec2<u32>(0u); }
  return w_divide(a, b).xy;
}`,
  w_urem: `fn w_urem(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  if (b.x == 0u && b.y == 0u) { return vec2<u32>(0u); }
  return w_divide(a, b).zw;
}`,
  w_sdiv: `fn w_sdiv(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let q = w_udiv(w_abs(a), w_abs(b));
  if (w_negative(a) != w_negative(b)) { return w_neg(q); }
  return q;
}`,
  w_srem: `fn w_srem(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let r = w_urem(w_abs(a), w_abs(b));
  if (w_negative(a)) { return w_neg(r); }
  return r;
}`,
  w_upow: `fn w_upow(base: vec2<u32>, exponent: vec2<u32>) -> vec2<u32> {
  var out = vec2<u32>(1u, 0u);
  var square = base;
  var e = exponent;
  for (var i = 0u; i < 64u; i++) {
    if ((e.x & 1u) == 1u) { out = w_mul(out, square); }
    square = w_mul(square, square);
    e = w_shr(e, 1u);
  }
  return out;
}`,
  w_spow: `fn w_spow(base: vec2<u32>, exponent: vec2<u32>) -> vec2<u32> {
  if (!w_negative(exponent)) { return w_upow(base, exponent); }
  if (base.x == 1u && base.y == 0u) { return base; }
  if (base.x == 0xffffffffu && base.y == 0xffffffffu) {
    if ((exponent.x & 1u) == 1u) { return base; }
    return vec2<u32>(1u, 0u);
  }
  return vec2<u32>(0u);
}`,
  // Rounds once, to nearest even.
  w_ufloat: `fn w_ufloat(a: vec2<u32>) -> f32 {
  if (a.y == 0u && a.x < 0x1000000u) { return f32(a.x); }
  let top = select(firstLeadingBit(a.x), 32u + firstLeadingBit(a.y), a.y != 0u);
  let shift = top - 23u;
  var kept = w_shr(a, shift).x;
  let rest = w_sub(a, w_shl(vec2<u32>(kept, 0u), shift));
  if (shift > 0u) {
    let tie = w_shl(vec2<u32>(1u, 0u), shift - 1u);
    if (w_ult(tie, rest) || (w_eq(tie, rest) && (kept & 1u) == 1u)) { kept++; }
  }
  return f32(kept) * bitcast<f32>((127u + shift) << 23u);
}`,
  w_sfloat: `fn w_sfloat(a: vec2<u32>) -> f32 {
  if (w_negative(a)) { return -w_ufloat(w_neg(a)); }
  return w_ufloat(a);
}`,
  // The whole part of 0 <= x < 2^64.
  w_whole: `fn w_whole(x: f32) -> vec2<u32> {
  if (x < 1.0f) { return vec2<u32>(0u); }
  let bits = bitcast<u32>(x);
  let exponent = (bits >> 23u) - 127u;
  let fraction = vec2<u32>((bits & 0x7fffffu) | 0x800000u, 0u);
  if (exponent <= 23u) { return w_shr(fraction, 23u - exponent); }
  return w_shl(fraction, exponent - 23u);
}`,
  w_from_float: `fn w_from_float(x: f32) -> vec2<u32> {
  if (is_nan(x)) { return vec2<u32>(0u); }
  if (x >= 9223372036854775808.0f) { return vec2<u32>(0xffffffffu, 0x7fffffffu); }
  if (x <= -9223372036854775808.0f) { return vec2<u32>(0u, 0x80000000u); }
  let whole = w_whole(abs(x));
  if (x < 0.0f) { return w_neg(whole); }
  return whole;
}`,
  w_from_float_unsigned: `fn w_from_float_unsigned(x: f32) -> vec2<u32> {
  if (is_nan(x) || x <= 0.0f) { return vec2<u32>(0u); }
  if (x >= 18446744073709551616.0f) { return vec2<u32>(0xffffffffu); }
  return w_whole(x);
}`,
};
