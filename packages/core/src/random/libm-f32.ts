// logf, sinf and cosf as glibc 2.28 and later computes them (in double, rounded once); used by PyTorch builds without
// vector instructions. Coefficients are those published in Arm Optimized Routines; only the range randn needs.

// 1/c and log c for the middle c of each sixteenth of [0.699, 1.398).
const LOG_TABLE: readonly (readonly [number, number])[] = [
  [1.398907162146528, -0.33569133332882284],
  [1.3403141896637998, -0.2929040563774074],
  [1.286432210124115, -0.2518726580937369],
  [1.2367150214269895, -0.21245868807117255],
  [1.1906977166711752, -0.17453945183745634],
  [1.1479821020556429, -0.1380057072319758],
  [1.1082251448272158, -0.10275976698545139],
  [1.0711297413057381, -0.06871392447020525],
  [1.036437278977283, -0.0357891387398228],
  [1, 0],
  [0.9492859795739057, 0.05204517742929496],
  [0.8951049428609004, 0.11081431298787942],
  [0.8476821620351103, 0.1652495223695143],
  [0.8050314851692001, 0.21687389031699977],
  [0.7664671008843108, 0.2659635028121397],
  [0.731428603316328, 0.3127556664073557],
];
// Bits of the float32 0.699..., where the table's range begins.
const LOG_ORIGIN = 0x3f330000;

/** Natural logarithm of k / 2^24 for an integer k in [1, 2^24], rounded to float32. */
export function logf24(k: number): number {
  const bits = 32 - Math.clz32(k);
  const mantissa = k * 2 ** (24 - bits);
  const fromOrigin = (((bits - 25 + 127) << 23) | (mantissa & 0x7fffff)) - LOG_ORIGIN;
  const exponent = fromOrigin >> 23;
  const reduced = (mantissa / 2 ** 23) * 2 ** (bits - 25 - exponent);
  const [inverse, log] = LOG_TABLE[(fromOrigin >> 19) & 15] as readonly [number, number];
  const r = reduced * inverse - 1;
  const r2 = r * r;
  const y = -0.25089342214237154 * r2 + (0.333456765744066 * r - 0.4999997485802103);
  return Math.fround(y * r2 + (log + exponent * Math.LN2 + r));
}

/** Sine of a float32 angle in radians, 0 <= angle < 120, rounded to float32. */
export function sinf(angle: number): number {
  return trigonometric(angle, 0);
}

/** Cosine of a float32 angle in radians, 0 <= angle < 120, rounded to float32. */
export function cosf(angle: number): number {
  return trigonometric(angle, 1);
}

/** sin(angle + shift * pi / 2) */
function trigonometric(angle: number, shift: number): number {
  const quarter = (Math.trunc(angle * 10680707.430881744) + 0x800000) >> 24;
  const x = angle - quarter * 1.5707963267948966;
  const turn = (quarter + shift) & 3;
  const value = turn & 1 ? cosPolynomial(x) : sinPolynomial(x);
  return Math.fround(turn & 2 ? -value : value);
}

function sinPolynomial(x: number): number {
  const z = x * x;
  const cube = x * z;
  const high = 0.008332178146138854 + z * -0.00019517298981385725;
  return x + cube * -0.16666654943701084 + cube * z * high;
}

function cosPolynomial(x: number): number {
  const z = x * x;
  const fourth = z * z;
  const high = -0.001388676379437604 + z * 2.4390450703564542e-5;
  return 1 + z * -0.49999999725108224 + fourth * 0.041666623324344516 + fourth * z * high;
}
