// Functions of float32 in WGSL. The built-in ones differ from driver to driver (tanh(89) may be NaN, log(0) -88, sin of large
// arguments anything), and compilers assume that there is no NaN: so these reduce arguments themselves, use
// polynomials, and look at bits where NaN or infinity matter.

/** Horner's scheme as an expression, lowest coefficient first. */
function poly(x: string, coefficients: readonly number[]): string {
  const text = (c: number): string => (/[.e]/.test(String(c)) ? `${c}f` : `${c}.0f`);
  return coefficients.map(text).reduceRight((high, low) => `fma(${high}, ${x}, ${low})`);
}

// (e^r - 1 - r) / r^2 for |r| <= ln2 / 2.
const EXP = [0.5, 0.16666667, 0.04166649, 0.008333207, 0.0013932663, 0.00019945107];
// (log(1 + f) - f + f^2/2) / f^3 for sqrt(1/2) - 1 <= f <= sqrt(2) - 1.
const LOG = [
  0.33333316, -0.2500081, 0.20002301, -0.16624558, 0.14180948, -0.13128504, 0.12882942, -0.078616634,
];
// (tanh r - r) / r^3 in r^2 for |r| <= 0.266.
const TANH = [-0.33333203, 0.13321954, -0.051130883];
// erf(x)/x - 1 in x^2 for |x| <= 1.
const ERF = [0.12837917, -0.3761263, 0.11283618, -0.026855126, 0.0051907338, -0.00080307614, 0.00007920368];
// log(erfc(t)) for 1 <= t <= 4.
const LOG_ERFC = [
  0.00018804024, -1.1295785, -0.63321972, -0.10841884, 0.025208455, -0.004204642, 0.00044135252,
  -0.000021688087,
];
// (sin r - r) / r^3 and (cos r - 1 + r^2/2) / r^4 in r^2 for |r| <= pi/4.
const SIN = [-0.16666667, 0.00833338, -0.00019853513, 0.0000028375428];
const COS = [0.041666646, -0.0013887301, 0.000024430661];
// (atan t - t) / t^3 in t^2 for |t| <= 1.
const ATAN = [
  -0.333333, 0.1999863, -0.14265151, 0.10957102, -0.08418121, 0.058212325, -0.031434141, 0.011053138,
  -0.0018247393,
];

/** By name; see library.ts. */
export const FLOAT_FUNCTIONS: Readonly<Record<string, string>> = {
  f_max: `fn f_max(a: f32, b: f32) -> f32 {
  if (is_nan(a)) { return a; }
  if (is_nan(b)) { return b; }
  return select(b, a, a > b);
}`,
  f_min: `fn f_min(a: f32, b: f32) -> f32 {
  if (is_nan(a)) { return a; }
  if (is_nan(b)) { return b; }
  return select(b, a, a < b);
}`,
  f_sign: `fn f_sign(x: f32) -> f32 {
  if (is_nan(x) || x == 0.0f) { return x; }
  return select(-1.0f, 1.0f, x > 0.0f);
}`,
  f_eq: `fn f_eq(a: f32, b: f32) -> bool { return !is_nan(a) && !is_nan(b) && a == b; }`,
  f_lt: `fn f_lt(a: f32, b: f32) -> bool { return !is_nan(a) && !is_nan(b) && a < b; }`,
  f_le: `fn f_le(a: f32, b: f32) -> bool { return !is_nan(a) && !is_nan(b) && a <= b; }`,
  // The value itself, which the compiler cannot know: Mesa joins n a + n b to n (a + b) where that rounds differently.
  opaque: `fn opaque(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ zero_word); }`,
  // x 2^n for -300 < n < 300, in two steps, as 2^n need not be a float.
  f_scale: `fn f_scale(x: f32, n: i32) -> f32 {
  let half = n >> 1u;
  return x * bitcast<f32>(u32(half + 127) << 23u) * bitcast<f32>(u32(n - half + 127) << 23u);
}`,
  f_exp_reduced: `fn f_exp_reduced(r: f32) -> f32 { return fma(r * r, ${poly("r", EXP)}, r); }`,
  f_exp: `fn f_exp(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  if (x > 88.73f) { return inf(); }
  if (x < -104.0f) { return 0.0f; }
  let n = floor(fma(x, 1.442695f, 0.5f));
  let r = fma(n, 0.000212194440f, opaque(fma(n, -0.693359375f, x)));
  return f_scale(1.0f + f_exp_reduced(r), i32(n));
}`,
  // e^x of four x <= 0 (or NaN), 0 where the result is no normal number.
  f_exp_down: `fn f_exp_down(x: vec4<f32>) -> vec4<f32> {
  let n = max(floor(x * 1.442695f + 0.5f), vec4<f32>(-126.0f));
  let r = fma(n, vec4<f32>(0.000212194440f), fma(n, vec4<f32>(-0.693359375f), x));
  let p = ${[...EXP].reverse().reduce((high, low) => (high === "" ? `vec4<f32>(${low}f)` : `fma(${high}, r, vec4<f32>(${low}f))`), "")};
  let power = bitcast<vec4<f32>>(vec4<u32>(vec4<i32>(n) + 127i) << vec4<u32>(23u));
  return select((1.0f + fma(r * r, p, r)) * power, vec4<f32>(0.0f), x < vec4<f32>(-87.0f));
}`,
  f_expm1: `fn f_expm1(x: f32) -> f32 {
  if (abs(x) < 0.34f) { return f_exp_reduced(x); }
  return f_exp(x) - 1.0f;
}`,
  f_log_reduced: `fn f_log_reduced(f: f32, e: f32) -> f32 {
  let square = f * f;
  let cubic = square * f * ${poly("f", LOG)};
  let low = fma(e, -0.000212194440f, cubic);
  return fma(e, 0.693359375f, opaque(fma(square, -0.5f, low) + f));
}`,
  f_log: `fn f_log(x: f32) -> f32 {
  if (is_nan(x) || x < 0.0f) { return nan(); }
  if (x == 0.0f) { return -inf(); }
  if (is_inf(x)) { return x; }
  let tiny = x < 1.1754944e-38f;
  let bits = bitcast<u32>(select(x, x * 8388608.0f, tiny));
  let e = (bitcast<i32>(bits - 0x3f3504f3u) >> 23u);
  let m = bitcast<f32>(bits - (bitcast<u32>(e) << 23u));
  return f_log_reduced(m - 1.0f, f32(e - select(0, 23, tiny)));
}`,
  f_log1p: `fn f_log1p(x: f32) -> f32 {
  if (x > -0.29f && x < 0.41f) { return f_log_reduced(x, 0.0f); }
  return f_log(1.0f + x);
}`,
  f_sqrt: `fn f_sqrt(x: f32) -> f32 {
  if (is_nan(x) || x < 0.0f) { return nan(); }
  if (x == 0.0f || is_inf(x)) { return x; }
  return sqrt(x);
}`,
  f_rsqrt: `fn f_rsqrt(x: f32) -> f32 {
  if (is_nan(x) || x < 0.0f) { return nan(); }
  if (x == 0.0f) { return bitcast<f32>((bitcast<u32>(x) & 0x80000000u) | 0x7f800000u); }
  if (is_inf(x)) { return 0.0f; }
  return inverseSqrt(x);
}`,
  f_tanh: `fn f_tanh(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let size = min(abs(x), 10.0f);
  let square = size * size;
  var value = fma(size * square, ${poly("square", TANH)}, size);
  if (size > 0.263f) { value = 1.0f - 2.0f / (f_exp(size + size) + 1.0f); }
  return select(value, -value, x < 0.0f);
}`,
  f_erf: `fn f_erf(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let size = min(abs(x), 4.0f);
  let square = size * size;
  var value = fma(size, ${poly("square", ERF)}, size);
  if (size >= 1.0f) { value = 1.0f - f_exp(${poly("size", LOG_ERFC)}); }
  return select(value, -value, x < 0.0f);
}`,
  f_atan: `fn f_atan(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let size = abs(x);
  let turned = size > 1.0f;
  let t = select(size, 1.0f / max(size, 1.0f), turned);
  let square = t * t;
  let arc = fma(t * square, ${poly("square", ATAN)}, t);
  let value = select(arc, 1.5707963f - arc, turned);
  return select(value, -value, x < 0.0f);
}`,
  TWO_OVER_PI: `const TWO_OVER_PI = array<u32, 8>(
  0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu);`,
  // Remainder by pi/2 and number of quarter turns: Cody and Waite's split of pi/2 for small arguments, for others Payne and
  // Hanek's product with as many bits of 2/pi as matter.
  f_quadrant: `fn f_quadrant(x: f32) -> vec2<f32> {
  let size = abs(x);
  if (size < 3000.0f) {
    let n = floor(fma(size, 0.63661977f, 0.5f));
    let r = fma(n, -7.5497901e-8f, opaque(fma(n, -0.00048375129f, opaque(fma(n, -1.5703125f, size)))));
    return vec2<f32>(r, n - 4.0f * floor(n * 0.25f));
  }
  let bits = bitcast<u32>(size);
  let fraction = (bits & 0x7fffffu) | 0x800000u;
  // size = fraction 2^shift; bits of 2/pi before 2^-(shift - 2) give whole turns. The table begins with a word of zeros.
  let start = (bits >> 23u) - 120u;
  var table = TWO_OVER_PI;
  let word = start >> 5u;
  let low = start & 31u;
  var a = table[word]; var b = table[word + 1u]; var c = table[word + 2u];
  if (low > 0u) {
    let up = 32u - low;
    a = (a << low) | (b >> up);
    b = (b << low) | (c >> up);
    c = (c << low) | (table[word + 3u] >> up);
  }
  let top = w_product(fraction, a);
  var rest = w_add(vec2<u32>(w_product(fraction, c).y, top.x), w_product(fraction, b));
  // rest 2^-62 quarter turns.
  var quarter = rest.y >> 30u;
  rest.y &= 0x3fffffffu;
  let over = (rest.y >> 29u) == 1u;
  if (over) { rest = w_sub(vec2<u32>(0u, 0x40000000u), rest); quarter = (quarter + 1u) & 3u; }
  let part = w_ufloat(rest) * 2.1684043e-19f * 1.5707963f;
  return vec2<f32>(select(part, -part, over), f32(quarter));
}`,
  f_sin_reduced: `fn f_sin_reduced(r: f32, quarter: f32) -> f32 {
  let square = r * r;
  let s = fma(r * square, ${poly("square", SIN)}, r);
  let c = fma(square * square, ${poly("square", COS)}, fma(square, -0.5f, 1.0f));
  let q = u32(quarter);
  let value = select(s, c, (q & 1u) == 1u);
  return select(value, -value, (q & 2u) == 2u);
}`,
  f_sin: `fn f_sin(x: f32) -> f32 {
  if (is_nan(x) || is_inf(x)) { return nan(); }
  let q = f_quadrant(x);
  let value = f_sin_reduced(q.x, q.y);
  return select(value, -value, x < 0.0f);
}`,
  f_cos: `fn f_cos(x: f32) -> f32 {
  if (is_nan(x) || is_inf(x)) { return nan(); }
  let q = f_quadrant(x);
  return f_sin_reduced(q.x, f32((u32(q.y) + 1u) & 3u));
}`,
  // log2 of a positive number: the exponent, and the rest in [-0.5, 0.5].
  f_log2_parts: `fn f_log2_parts(x: f32) -> vec2<f32> {
  let tiny = x < 1.1754944e-38f;
  let bits = bitcast<u32>(select(x, x * 8388608.0f, tiny));
  let e = (bitcast<i32>(bits - 0x3f3504f3u) >> 23u);
  let m = bitcast<f32>(bits - (bitcast<u32>(e) << 23u));
  return vec2<f32>(f32(e - select(0, 23, tiny)), f_log_reduced(m - 1.0f, 0.0f) * 1.442695f);
}`,
  // a^b for a > 0, finite: b times the exponent is split so that its whole part is exact.
  f_pow_positive: `fn f_pow_positive(a: f32, b: f32) -> f32 {
  let parts = f_log2_parts(a);
  if (abs(b) * (abs(parts.x) + abs(parts.y)) > 400.0f) {
    return select(0.0f, inf(), (parts.x + parts.y > 0.0f) == (b > 0.0f));
  }
  let high = bitcast<f32>(bitcast<u32>(b) & 0xfffff000u);
  let exact = high * parts.x;
  let n = floor(exact + 0.5f);
  let rest = opaque(exact - n) + fma(opaque(b - high), parts.x, b * parts.y);
  let m = floor(rest + 0.5f);
  let r = (rest - m) * 0.6931472f;
  let power = i32(n + m);
  if (power > 128) { return inf(); }
  if (power < -150) { return 0.0f; }
  return f_scale(1.0f + f_exp_reduced(r), power);
}`,
  f_pow: `fn f_pow(a: f32, b: f32) -> f32 {
  if (b == 0.0f || a == 1.0f) { return 1.0f; }
  if (is_nan(a) || is_nan(b)) { return nan(); }
  if (is_inf(b)) {
    if (abs(a) == 1.0f) { return 1.0f; }
    return select(0.0f, inf(), (abs(a) > 1.0f) == (b > 0.0f));
  }
  let whole = abs(b) >= 8388608.0f || floor(b) == b;
  let odd = whole && abs(b) < 16777216.0f && (u32(abs(b)) & 1u) == 1u;
  var size: f32;
  if (a == 0.0f) { size = select(0.0f, inf(), b < 0.0f); }
  else if (is_inf(a)) { size = select(0.0f, inf(), b > 0.0f); }
  else if (a < 0.0f && !whole) { return nan(); }
  else { size = f_pow_positive(abs(a), b); }
  return select(size, -size, odd && (bitcast<u32>(a) >> 31u) == 1u);
}`,
  f_rem: `fn f_rem(a: f32, b: f32) -> f32 {
  if (is_nan(a) || is_nan(b) || is_inf(a) || b == 0.0f) { return nan(); }
  if (is_inf(b) || abs(a) < abs(b)) { return a; }
  let divisor = abs(b);
  var rest = abs(a);
  // Exact, as fmod is: multiples of the divisor by powers of two are taken away, the greatest first.
  let steps = i32(bitcast<u32>(rest) >> 23u) - i32(bitcast<u32>(divisor) >> 23u);
  for (var i = steps; i >= 0; i--) {
    let multiple = f_scale(divisor, i);
    if (rest >= multiple) { rest -= multiple; }
  }
  return select(rest, -rest, a < 0.0f);
}`,
  f_to_i32: `fn f_to_i32(x: f32) -> i32 {
  if (is_nan(x)) { return 0; }
  if (x >= 2147483648.0f) { return 2147483647; }
  if (x <= -2147483648.0f) { return bitcast<i32>(0x80000000u); }
  return i32(x);
}`,
  f_to_u32: `fn f_to_u32(x: f32) -> u32 {
  if (is_nan(x) || x <= 0.0f) { return 0u; }
  if (x >= 4294967296.0f) { return 0xffffffffu; }
  return u32(x);
}`,
  i_pow: `fn i_pow(base: i32, exponent: i32) -> i32 {
  if (exponent < 0) {
    if (base == 1) { return 1; }
    if (base == -1) { return select(1, -1, (exponent & 1) == 1); }
    return 0;
  }
  return bitcast<i32>(u_pow(bitcast<u32>(base), u32(exponent)));
}`,
  u_pow: `fn u_pow(base: u32, exponent: u32) -> u32 {
  var out = 1u;
  var square = base;
  var e = exponent;
  while (e > 0u) {
    if ((e & 1u) == 1u) { out *= square; }
    square *= square;
    e = e >> 1u;
  }
  return out;
}`,
  i_div: `fn i_div(a: i32, b: i32) -> i32 { if (b == 0) { return 0; } if (b == -1) { return -a; } return a / b; }`,
  i_rem: `fn i_rem(a: i32, b: i32) -> i32 { if (b == 0 || b == -1) { return 0; } return a % b; }`,
  u_div: `fn u_div(a: u32, b: u32) -> u32 { if (b == 0u) { return 0u; } return a / b; }`,
  u_rem: `fn u_rem(a: u32, b: u32) -> u32 { if (b == 0u) { return 0u; } return a % b; }`,
  // u32 to float32, rounded to nearest even whatever the driver does.
  u_float: `fn u_float(a: u32) -> f32 { return w_ufloat(vec2<u32>(a, 0u)); }`,
  i_float: `fn i_float(a: i32) -> f32 {
  if (a < 0) { return -w_ufloat(vec2<u32>(bitcast<u32>(-a), 0u)); }
  return w_ufloat(vec2<u32>(bitcast<u32>(a), 0u));
}`,
  // Unsigned numbers in the order of floats: zeros are one, NaN is above all.
  f_key: `fn f_key(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) { return 0xffffffffu; }
  if (size == 0u) { return 0x80000000u; }
  return select(bits | 0x80000000u, ~bits, bits > 0x7fffffffu);
}`,
  f_sigmoid: `fn f_sigmoid(x: f32) -> f32 { return 1.0f / (1.0f + f_exp(-x)); }`,
  f_silu: `fn f_silu(x: f32) -> f32 { return x / (1.0f + f_exp(-x)); }`,
  f_gelu: `fn f_gelu(x: f32) -> f32 { return x * 0.5f * (1.0f + f_erf(x * 0.70710678f)); }`,
  f_gelu_tanh: `fn f_gelu_tanh(x: f32) -> f32 {
  return x * 0.5f * (1.0f + f_tanh(x * fma(x * x, 0.044715f, 1.0f) * 0.79788456f));
}`,
};
