// Conversion of element types, text and types that exist only in files included.
import { cast, isDType, isFloat, type Tensor } from "@isoform/core";
import type { RawDType } from "../../formats/raw-tensor.js";
import type { IrOp } from "../../ir/ops/table.js";
import type { Call, Result } from "../call.js";
import { castHost } from "../fold.js";
import { HostTensor } from "../host.js";
import { isNarrow, roundNarrow, type NarrowOptions } from "../narrow.js";

/** True when a conversion needs the elements on the host. */
export function castsOnHost(from: RawDType, to: RawDType): boolean {
  return !isDType(from) || !isDType(to);
}

/** Input 0 as `to`. Float to integer truncates toward zero. */
export function castTo<K extends IrOp>(c: Call<K>, to: RawDType, options: NarrowOptions = {}): Result {
  const x = c.value(0);
  if (x instanceof HostTensor) {
    const made = castHostTo(x, to, options);
    if (made) return made;
  }
  if (!isDType(to)) throw c.error(`there is no conversion to ${to}`);
  return castTensor(c.t(0), to);
}

/** Host tensors of any type; null when the device should do it. */
export function castHostTo(x: HostTensor, to: RawDType, options: NarrowOptions = {}): HostTensor | null {
  if (to === "string") return castToText(x);
  if (isNarrow(to))
    return new HostTensor(
      to,
      x.shape,
      x.numbers().map((v) => roundNarrow(to, v, options)),
    );
  return isDType(to) ? castHost(x, to) : null;
}

/** `cast` of core. */
export function castTensor(x: Tensor, to: RawDType): Tensor {
  return isDType(to) ? cast(x, to) : x;
}

/** Numbers as text the way ONNX asks: shortest form, `NaN`, `INF`, `-INF`. */
export function castToText(x: HostTensor): HostTensor {
  const float = isDType(x.dtype) && isFloat(x.dtype);
  const values = x.values.map((v) => {
    if (typeof v !== "number") return String(v);
    if (x.dtype === "bool") return v ? "True" : "False";
    if (Number.isNaN(v)) return "NaN";
    if (!Number.isFinite(v)) return v > 0 ? "INF" : "-INF";
    return float ? shortest(v, x.dtype) : String(v);
  });
  return new HostTensor("string", x.shape, values);
}

/** The shortest decimal that reads back as the same float32. */
function shortest(v: number, dtype: RawDType): string {
  if (dtype === "float64") return String(v);
  for (let digits = 1; digits <= 9; digits++) {
    const t = v.toPrecision(digits);
    if (Math.fround(Number(t)) === Math.fround(v)) return String(Number(t));
  }
  return String(v);
}
