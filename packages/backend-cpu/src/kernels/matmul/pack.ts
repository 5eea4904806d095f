// Packing of matrix panels for the GEMM tile: `width` rows (or columns) side by side, step by step along k.
// Every stride pattern costs only its packing: unit stride across, unit stride along k (4x4 transposes), any other.
import {
  f32,
  f32x4,
  i32,
  shuffle32,
  v128,
  type Expr,
  type Func,
  type FunctionBuilder,
  type Local,
  type ModuleBuilder,
} from "../../wasm/index.js";

/** Function `(to, from, lines, depth, lineStride, depthStride)`; strides in bytes, `lines` any number. */
export type PackFunc = Func<readonly ["i32", "i32", "i32", "i32", "i32", "i32"], null>;

/** Transposes the 4x4 block in `rows`. */
export function transpose4(f: FunctionBuilder, rows: readonly Expr<"v128">[]): Expr<"v128">[] {
  const [r0, r1, r2, r3] = rows as [Expr<"v128">, Expr<"v128">, Expr<"v128">, Expr<"v128">];
  const low01 = f.let(shuffle32(r0, r1, [0, 4, 1, 5]));
  const high01 = f.let(shuffle32(r0, r1, [2, 6, 3, 7]));
  const low23 = f.let(shuffle32(r2, r3, [0, 4, 1, 5]));
  const high23 = f.let(shuffle32(r2, r3, [2, 6, 3, 7]));
  return [
    shuffle32(low01, low23, [0, 1, 4, 5]),
    shuffle32(low01, low23, [2, 3, 6, 7]),
    shuffle32(high01, high23, [0, 1, 4, 5]),
    shuffle32(high01, high23, [2, 3, 6, 7]),
  ];
}

/** Defines the packing function of panels `width` (4 or 8) lines wide; missing lines of the last panel are 0. */
export function definePack(m: ModuleBuilder, width: 4 | 8): PackFunc {
  return m.func(
    ["i32", "i32", "i32", "i32", "i32", "i32"],
    null,
    (f, to, from, lines, depth, lineStride, depthStride) => {
      const step = width * 4;
      const panelBytes = f.let(i32.mul(depth, step));
      f.while(i32.gtS(lines, 0), () => {
        const src = f.let(from);
        const dst = f.let(to);
        const left = f.let(depth);
        f.if(
          i32.geS(lines, width),
          () => {
            f.if(
              i32.eq(lineStride, 4),
              () => {
                f.while(i32.gtS(left, 0), () => {
                  for (let i = 0; i < step; i += 16) v128.store(f, dst, v128.load(src, i), i);
                  f.inc(src, depthStride);
                  f.inc(dst, step);
                  f.inc(left, -1);
                });
              },
              () => {
                f.if(i32.eq(depthStride, 4), () => packTransposed(f, width, src, dst, left, lineStride));
                packScalars(f, width, src, dst, left, lineStride, depthStride);
              },
            );
          },
          () => packPartial(f, width, src, dst, left, lines, lineStride, depthStride),
        );
        f.inc(to, panelBytes);
        f.inc(from, i32.mul(lineStride, width));
        f.inc(lines, -width);
      });
    },
  );
}

function packTransposed(
  f: FunctionBuilder,
  width: number,
  src: Local<"i32">,
  dst: Local<"i32">,
  left: Local<"i32">,
  lineStride: Local<"i32">,
): void {
  f.while(i32.gtS(left, 3), () => {
    const line = f.let(src);
    for (let group = 0; group < width; group += 4) {
      const rows: Local<"v128">[] = [];
      for (let i = 0; i < 4; i++) {
        rows.push(f.let(v128.load(line)));
        f.inc(line, lineStride);
      }
      transpose4(f, rows).forEach((column, i) => v128.store(f, dst, column, i * width * 4 + group * 4));
    }
    f.inc(src, 16);
    f.inc(dst, width * 16);
    f.inc(left, -4);
  });
}

function packScalars(
  f: FunctionBuilder,
  width: number,
  src: Local<"i32">,
  dst: Local<"i32">,
  left: Local<"i32">,
  lineStride: Local<"i32">,
  depthStride: Local<"i32">,
): void {
  f.while(i32.gtS(left, 0), () => {
    const line = f.let(src);
    for (let i = 0; i < width; i++) {
      f32.store(f, dst, f32.load(line), i * 4);
      if (i < width - 1) f.inc(line, lineStride);
    }
    f.inc(src, depthStride);
    f.inc(dst, width * 4);
    f.inc(left, -1);
  });
}

function packPartial(
  f: FunctionBuilder,
  width: number,
  src: Local<"i32">,
  dst: Local<"i32">,
  left: Local<"i32">,
  lines: Local<"i32">,
  lineStride: Local<"i32">,
  depthStride: Local<"i32">,
): void {
  const zero = f.let(f32x4.const(0));
  const end = f.let(i32.shl(lines, 2));
  f.while(i32.gtS(left, 0), () => {
    for (let i = 0; i < width; i += 4) v128.store(f, dst, zero, 4 * i);
    const line = f.let(src);
    f.for(0, end, 4, (i) => {
      f32.store(f, i32.add(dst, i), f32.load(line));
      f.inc(line, lineStride);
    });
    f.inc(src, depthStride);
    f.inc(dst, width * 4);
    f.inc(left, -1);
  });
}
