// Fits the polynomials in src/math: near-minimax by Lawson's iteratively reweighted least squares on Chebyshev
// nodes, rounded to float32 one by one. Run: node tools/fit.mjs. Not part of the build.

/** Error function to about 1e-16: Taylor series below 2.5, Lentz's continued fraction of erfc above. */
function erfc(x) {
  if (x < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-20; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let d = 0;
  for (let k = 200; k > 0; k--) d = k / 2 / (x + d);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + d);
}

/** Solves the weighted least-squares problem by Householder QR. */
function leastSquares(rows, rhs) {
  const m = rows.length;
  const n = rows[0].length;
  const a = rows.map((r) => [...r]);
  const b = [...rhs];
  for (let k = 0; k < n; k++) {
    let norm = 0;
    for (let i = k; i < m; i++) norm += a[i][k] ** 2;
    norm = Math.sqrt(norm) * (a[k][k] > 0 ? -1 : 1);
    const v = [];
    for (let i = k; i < m; i++) v.push(a[i][k]);
    v[0] -= norm;
    const vv = v.reduce((s, x) => s + x * x, 0);
    if (vv === 0) continue;
    const reflect = (get, set) => {
      let dot = 0;
      for (let i = k; i < m; i++) dot += v[i - k] * get(i);
      const scale = (2 * dot) / vv;
      for (let i = k; i < m; i++) set(i, get(i) - scale * v[i - k]);
    };
    for (let j = k; j < n; j++)
      reflect(
        (i) => a[i][j],
        (i, x) => (a[i][j] = x),
      );
    reflect(
      (i) => b[i],
      (i, x) => (b[i] = x),
    );
  }
  const x = Array.from({ length: n }, () => 0);
  for (let k = n - 1; k >= 0; k--) {
    let s = b[k];
    for (let j = k + 1; j < n; j++) s -= a[k][j] * x[j];
    x[k] = s / a[k][k];
  }
  return x;
}

/**
 * Coefficients (lowest power first) of p with |weight(x) (p(x) - f(x))| near minimal on [lo, hi]. With `round`,
 * the lowest coefficient is rounded first and the rest fitted again, so later ones absorb its rounding.
 */
function fit(name, f, weight, lo, hi, degree, round = Math.fround) {
  const nodes = Array.from({ length: 400 }, (_, i) => {
    const t = Math.cos((Math.PI * (i + 0.5)) / 400);
    return (lo + hi) / 2 + ((hi - lo) / 2) * t;
  });
  const done = [];
  const residual = (x) => f(x) - done.reduce((s, c, k) => s + c * x ** k, 0);
  for (let from = 0; from <= degree; from++) {
    const powers = Array.from({ length: degree + 1 - from }, (_, k) => from + k);
    let lawson = nodes.map(() => 1);
    let c = [];
    for (let pass = 0; pass < 60; pass++) {
      const w = nodes.map((x, i) => Math.sqrt(lawson[i]) * weight(x));
      c = leastSquares(
        nodes.map((x, i) => powers.map((p) => w[i] * x ** p)),
        nodes.map((x, i) => w[i] * residual(x)),
      );
      const e = nodes.map((x) =>
        Math.abs(weight(x) * (residual(x) - powers.reduce((s, p, k) => s + c[k] * x ** p, 0))),
      );
      const total = lawson.reduce((s, l, i) => s + l * e[i], 0);
      lawson = lawson.map((l, i) => (l * e[i] * nodes.length) / total);
    }
    done.push(round(c[0]));
  }
  const worst = Math.max(...nodes.map((x) => Math.abs(weight(x) * residual(x))));
  console.log(`${name}: error ${worst.toExponential(2)}\n  [${done.join(", ")}]`);
}

const LN2 = Math.LN2;
fit(
  "exp, (e^r - 1 - r) / r^2",
  (r) => (Math.expm1(r) - r) / r ** 2,
  (r) => r * r * Math.exp(-r),
  -LN2 / 2,
  LN2 / 2,
  4,
);
fit(
  "expm1, (e^r - 1 - r) / r^2",
  (r) => (Math.expm1(r) - r) / r ** 2,
  (r) => r,
  -LN2 / 2,
  LN2 / 2,
  5,
);
fit(
  "log, (log(1 + f) - f + f^2/2) / f^3",
  (x) => (Math.log1p(x) - x + (x * x) / 2) / x ** 3,
  (x) => x ** 2,
  Math.SQRT1_2 - 1,
  Math.SQRT2 - 1,
  7,
);
fit(
  "sin, (sin r - r) / r^3 in r^2",
  (s) => (Math.sin(Math.sqrt(s)) - Math.sqrt(s)) / s ** 1.5,
  (s) => s,
  1e-9,
  (Math.PI / 4) ** 2,
  3,
);
fit(
  "cos, (cos r - 1 + r^2/2) / r^4 in r^2",
  (s) => (Math.cos(Math.sqrt(s)) - 1 + s / 2) / s ** 2,
  (s) => s * s,
  1e-9,
  (Math.PI / 4) ** 2,
  2,
);
fit(
  "tanh, (tanh x - x) / x^3 in x^2",
  (s) => (Math.tanh(Math.sqrt(s)) - Math.sqrt(s)) / s ** 1.5,
  (s) => s,
  1e-9,
  (0.09 + LN2 / 4 + 0.002) ** 2,
  2,
);
fit(
  "atan, (atan t - t) / t^3 in t^2",
  (s) => (Math.atan(Math.sqrt(s)) - Math.sqrt(s)) / s ** 1.5,
  (s) => s,
  1e-9,
  1,
  8,
);
fit(
  "erf, erf(x)/x - 1 in x^2",
  (s) => (1 - erfc(Math.sqrt(s))) / Math.sqrt(s) - 1,
  () => 1,
  1e-9,
  1,
  6,
);
fit(
  "erf tail, log erfc(t)",
  (t) => Math.log(erfc(t)),
  (t) => erfc(t),
  1,
  4,
  7,
);
fit(
  "exp2 (f64)",
  (x) => 2 ** x,
  () => 1,
  -0.5,
  0.5,
  7,
  (x) => x,
);
fit(
  "exp2 (f32), (2^r - 1) / r",
  (r) => Math.expm1(r * LN2) / r,
  (r) => r * 2 ** -r,
  -0.5,
  0.5,
  4,
);
