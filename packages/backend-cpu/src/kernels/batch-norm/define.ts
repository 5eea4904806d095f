// Batch normalisation of float32 in WebAssembly: statistics of the channels, results, and gradients.
import {
  f32,
  f32x4,
  f64,
  f64x2,
  i32,
  v128,
  type Expr,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";
import type { V } from "../../math/index.js";
import { eachBlock, eachStrip, mapColumns, mapPlanes, sumPlanes, type Planes } from "./channels.js";
import { mapRow } from "../rows/sweep.js";

const I = "i32";
type Pointer = Local<"i32">;

/** How an element becomes its result, from the element and its channel's parameters. */
const AFFINE = ([x, factor, shift]: readonly V[]): V => f32x4.add(f32x4.mul(x!, factor!), shift!);
const CENTRED = ([x, factor, shift, mean]: readonly V[]): V =>
  f32x4.add(f32x4.mul(f32x4.sub(x!, mean!), factor!), shift!);
const GRADIENT = ([g, x, factor, slope, shift, mean]: readonly V[]): V =>
  f32x4.add(f32x4.add(f32x4.mul(g!, factor!), f32x4.mul(f32x4.sub(x!, mean!), slope!)), shift!);

const each = (
  f: FunctionBuilder,
  count: Expr<"i32">,
  pointers: readonly Pointer[],
  visit: () => void,
): void =>
  f.repeat(count, () => {
    visit();
    for (const p of pointers) f.inc(p, 4);
  });

/** The element at `p`, which moves on, or null at address 0: `then` is for the first case only. */
function optional(f: FunctionBuilder, p: Pointer, then: (value: Expr<"f32">) => void): void {
  f.if(p, () => {
    then(f32.load(p));
    f.inc(p, 4);
  });
}

const inverse = (variance: Pointer, eps: Expr<"f32">): Expr<"f32"> =>
  f32.div(1, f32.sqrt(f32.add(f32.load(variance), eps)));

/**
 * Defines, for `n` channels whose parameters are adjacent, an absent one at address 0:
 * - `given(n, factor, shift, mean, variance, scale, bias, eps)`: what `affine` needs
 * - `made(…the same)`: what `centred` needs
 * - `slopes(n, factor, slope, shift, variance, scale, dscale, dbias, count, eps)`: what `gradient` needs; dscale comes
 *   with the sums of g (x - mean), dbias with those of g
 */
function defineParameters(m: ModuleBuilder) {
  const [given, made] = (["given", "made"] as const).map((name) =>
    m.exportFunc(
      name,
      [I, I, I, I, I, I, I, "f32"],
      null,
      (f, n, factor, shift, mean, variance, scale, bias, eps) => {
        each(f, n, [factor, shift, mean, variance], () => {
          const a = f.let(inverse(variance, eps));
          optional(f, scale, (s) => f.set(a, f32.mul(a, s)));
          f32.store(f, factor, a);
          const centre = f.let(name === "given" ? f32.mul(f32.load(mean), a) : f32.const(0));
          const b = f.let(name === "given" ? f32.neg(centre) : centre);
          optional(f, bias, (v) => f.set(b, f32.sub(v, centre)));
          f32.store(f, shift, b);
        });
      },
    ),
  );
  const slopes = m.exportFunc(
    "slopes",
    [I, I, I, I, I, I, I, I, "f64", "f32"],
    null,
    (f, n, factor, slope, shift, variance, scale, dscale, dbias, count, eps) => {
      each(f, n, [factor, slope, shift, variance, dscale, dbias], () => {
        const r = f.let(f64.promoteF32(inverse(variance, eps)));
        const along = f.let(f64.mul(f64.promoteF32(f32.load(dscale)), r));
        const a = f.let(r);
        optional(f, scale, (s) => f.set(a, f64.mul(a, f64.promoteF32(s))));
        const store = (p: Pointer, value: Expr<"f64">): void => f32.store(f, p, f32.demoteF64(value));
        store(factor, a);
        f.set(a, f64.div(f64.neg(a), count));
        store(slope, f64.mul(f64.mul(a, r), along));
        store(shift, f64.mul(a, f64.promoteF32(f32.load(dbias))));
        store(dscale, along);
      });
    },
  );
  return { given: given!, made: made!, slopes };
}

const demoted = (value: Expr<"f64">): Expr<"f32"> => f32.demoteF64(value);

/** Mean and variance of a channel, stored; the mean in all lanes. */
function planeStatistics(
  f: FunctionBuilder,
  planes: Planes,
  x: Pointer,
  count: Expr<"f64">,
  mean: Pointer,
  variance: Pointer,
): Local<"v128"> {
  const [sum] = sumPlanes(f, planes, [x], 1, (v) => v);
  f32.store(f, mean, demoted(f64.div(sum!, count)));
  const centre = f.let(v128.load32Splat(mean));
  const [squares] = sumPlanes(f, planes, [x], 1, ([v]) => {
    const d = f.let(f32x4.sub(v!, centre));
    return [f32x4.mul(d, d)];
  });
  f32.store(f, variance, demoted(f64.div(squares!, count)));
  return centre;
}

const splats = (f: FunctionBuilder, pointers: readonly Pointer[]): Local<"v128">[] =>
  pointers.map((p) => f.let(v128.load32Splat(p)));

const countOf = (f: FunctionBuilder, { images, size }: Planes): Local<"f64"> =>
  f.let(f64.mul(f64.convertI32U(images), f64.convertI32U(size)));

/** Defines the kernels for channels of planes; see `batchNormKernels` for their use. */
export function definePlanes(m: ModuleBuilder): void {
  const { made, slopes } = defineParameters(m);

  m.exportFunc("affine", [I, I, I, I, I, I, I, I], null, (f, rows, n, first, out, x, size, factor, shift) => {
    const offset = f.let(i32.shl(first, 2));
    const end = f.let(i32.shl(n, 2));
    f.repeat(rows, () => {
      const at = [factor, shift].map((p) => f.let(i32.add(p, offset)));
      const parameters = splats(f, at);
      mapRow(f, size, [x, out], out, 4, (load) => AFFINE([load(x), ...parameters]));
      f.inc(offset, 4);
      f.if(i32.eq(offset, end), () => f.set(offset, 0));
    });
  });

  m.exportFunc(
    "train",
    [I, I, I, I, I, I, I, I, I, I, I, I, "f32"],
    null,
    (f, n, out, x, images, step, size, factor, shift, mean, variance, scale, bias, eps) => {
      const planes = { images, step, size };
      const next = f.let(i32.shl(size, 2));
      const count = countOf(f, planes);
      each(f, n, [factor, shift, mean, variance], () => {
        const centre = planeStatistics(f, planes, x, count, mean, variance);
        f.call(made, 1, factor, shift, mean, variance, scale, bias, eps);
        for (const p of [scale, bias]) f.if(p, () => f.inc(p, 4));
        const parameters = [...splats(f, [factor, shift]), centre];
        mapPlanes(f, planes, out, [x], (v) => CENTRED([...v, ...parameters]));
        for (const p of [out, x]) f.inc(p, next);
      });
    },
  );

  m.exportFunc(
    "gradient",
    [I, I, I, I, I, I, I, I, I, I, I, I, I, I, I, "f32"],
    null,
    // oxfmt-ignore
    (f, n, out, g, x, images, step, size, factor, slope, shift, mean, variance, scale, dscale, dbias, eps) => {
      const planes = { images, step, size };
      const next = f.let(i32.shl(size, 2));
      const count = countOf(f, planes);
      each(f, n, [factor, slope, shift, mean, variance, dscale, dbias], () => {
        const centre = planeStatistics(f, planes, x, count, mean, variance);
        const [total, along] = sumPlanes(f, planes, [g, x], 2, ([h, v]) => [
          h!,
          f32x4.mul(h!, f32x4.sub(v!, centre)),
        ]);
        f32.store(f, dbias, demoted(total!));
        f32.store(f, dscale, demoted(along!));
        f.call(slopes, 1, factor, slope, shift, variance, scale, dscale, dbias, count, eps);
        f.if(scale, () => f.inc(scale, 4));
        const parameters = [...splats(f, [factor, slope, shift]), centre];
        mapPlanes(f, planes, out, [g, x], (v) => GRADIENT([...v, ...parameters]));
        for (const p of [out, g, x]) f.inc(p, next);
      });
    },
  );
}

/** Defines the kernels for rows of channels; see `batchNormKernels` for their use. */
export function defineColumns(m: ModuleBuilder): void {
  defineParameters(m);
  m.exportFunc("affine", [I, I, I, I, I, I], null, (f, rows, n, out, x, factor, shift) =>
    mapColumns(f, rows, n, out, [x], [factor, shift], AFFINE),
  );
  m.exportFunc("centred", [I, I, I, I, I, I, I], null, (f, rows, n, out, x, factor, shift, mean) =>
    mapColumns(f, rows, n, out, [x], [factor, shift, mean], CENTRED),
  );
  m.exportFunc(
    "gradient",
    [I, I, I, I, I, I, I, I, I],
    null,
    (f, rows, n, out, g, x, factor, slope, shift, mean) =>
      mapColumns(f, rows, n, out, [g, x], [factor, slope, shift, mean], GRADIENT),
  );
  // Of every block of rows the means, then the sums of the squares around them.
  m.exportFunc("statistics", [I, I, I, I], null, (f, rows, n, x, to) => {
    eachStrip(f, rows, n, [x], [], to, ({ sum, store, ...strip }) => {
      const each = f.let(f32x4.splat(f32.div(1, f32.convertI32U(strip.rows))));
      const means = sum(([v]) => v!).map((s) => f.let(f32x4.mul(s, each)));
      const squares = sum(([v], i) => {
        const d = f.let(f32x4.sub(v!, means[i]!));
        return f32x4.mul(d, d);
      });
      store(means, strip.to);
      store(squares, f.let(i32.add(strip.to, strip.second)));
    });
  });
  // Of every block of rows the sums of g, then those of g (x - mean).
  m.exportFunc("sums", [I, I, I, I, I, I], null, (f, rows, n, g, x, mean, to) => {
    eachStrip(f, rows, n, [g, x], [mean], to, ({ sum, store, ...strip }) => {
      store(
        sum(([h]) => h!),
        strip.to,
      );
      const along = sum(([h, v, centre]) => f32x4.mul(h!, f32x4.sub(v!, centre!)));
      store(along, f.let(i32.add(strip.to, strip.second)));
    });
  });
  // Both from their blocks, for n columns of all.
  for (const name of ["joinStatistics", "joinSums"] as const) {
    m.exportFunc(name, [I, I, I, I, I], null, (f, rows, n, from, first, second) => {
      const all = f.let(f64x2.splat(f64.convertI32U(rows)));
      f.for(0, i32.shl(n, 2), 8, (at) => {
        const [a, b] = [f.let(f64x2.const(0)), f.let(f64x2.const(0))];
        const done = f.let(f64.const(0));
        eachBlock(f, rows, n, f.let(i32.add(from, at)), (block, x, y) => {
          if (name === "joinSums") {
            f.set(a, f64x2.add(a, x));
            f.set(b, f64x2.add(b, y));
            return;
          }
          // Chan, Golub and LeVeque 1979: the variances of two samples give that of both.
          f.set(done, f64.add(done, block));
          const share = f.let(f64.div(block, done));
          const delta = f.let(f64x2.sub(x, a));
          f.set(a, f64x2.add(a, f64x2.mul(delta, f64x2.splat(share))));
          const weight = f64x2.splat(f64.mul(block, f64.sub(1, share)));
          f.set(b, f64x2.add(b, f64x2.add(y, f64x2.mul(f64x2.mul(delta, delta), weight))));
        });
        if (name === "joinStatistics") f.set(b, f64x2.div(b, all));
        v128.store64Lane(f, i32.add(first, at), f32x4.demoteF64x2Zero(a), 0);
        v128.store64Lane(f, i32.add(second, at), f32x4.demoteF64x2Zero(b), 0);
      });
    });
  }
}
