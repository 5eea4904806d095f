// Promotion against torch.promote_types, and conversion of 16-bit floats.
import { describe, expect, it } from "vitest";
import { bfloat16ToNumber, float16ToNumber, numberToBfloat16, numberToFloat16 } from "./convert.js";
import { DTYPES, promoteTypes, type DType } from "./dtype.js";

/** torch 2.13: `torch.promote_types(row, column)` in the order of DTYPES; "-" where torch has no answer. */
const TORCH: Readonly<Record<DType, string>> = {
  bool: "bool uint8 int8 - int16 - int32 - int64 float16 bfloat16 float32 float64",
  uint8: "uint8 uint8 int16 - int16 - int32 - int64 float16 bfloat16 float32 float64",
  int8: "int8 int16 int8 - int16 - int32 - int64 float16 bfloat16 float32 float64",
  uint16: "- - - uint16 - - - - - float16 bfloat16 float32 float64",
  int16: "int16 int16 int16 - int16 - int32 - int64 float16 bfloat16 float32 float64",
  uint32: "- - - - - uint32 - - - float16 bfloat16 float32 float64",
  int32: "int32 int32 int32 - int32 - int32 - int64 float16 bfloat16 float32 float64",
  uint64: "- - - - - - - uint64 - float16 bfloat16 float32 float64",
  int64: "int64 int64 int64 - int64 - int64 - int64 float16 bfloat16 float32 float64",
  float16:
    "float16 float16 float16 float16 float16 float16 float16 float16 float16 float16 float32 float32 float64",
  bfloat16:
    "bfloat16 bfloat16 bfloat16 bfloat16 bfloat16 bfloat16 bfloat16 bfloat16 bfloat16 float32 bfloat16 float32 float64",
  float32:
    "float32 float32 float32 float32 float32 float32 float32 float32 float32 float32 float32 float32 float64",
  float64:
    "float64 float64 float64 float64 float64 float64 float64 float64 float64 float64 float64 float64 float64",
};

describe("dtypes", () => {
  it("promotes as torch does", () => {
    for (const a of DTYPES) {
      TORCH[a].split(" ").forEach((expected, i) => {
        if (expected !== "-")
          expect([a, DTYPES[i], promoteTypes(a, DTYPES[i]!)]).toEqual([a, DTYPES[i], expected]);
      });
    }
  });

  it("promotes the other unsigned pairs to a type that holds both", () => {
    expect(promoteTypes("bool", "uint32")).toBe("uint32");
    expect(promoteTypes("uint8", "uint16")).toBe("uint16");
    expect(promoteTypes("uint16", "int8")).toBe("int32");
    expect(promoteTypes("uint32", "int32")).toBe("int64");
    expect(promoteTypes("uint32", "int64")).toBe("int64");
    expect(promoteTypes("uint64", "int8")).toBe("float32");
    for (const a of DTYPES) for (const b of DTYPES) expect(promoteTypes(a, b)).toBe(promoteTypes(b, a));
  });

  it("reads and writes every float16 and bfloat16", () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 65536; bits++) {
      const half = float16ToNumber(bits);
      const brain = bfloat16ToNumber(bits);
      if (!Number.isNaN(half) && numberToFloat16(half) !== bits) wrong.push(bits);
      if (!Number.isNaN(brain) && numberToBfloat16(brain) !== bits) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
    expect(float16ToNumber(numberToFloat16(NaN))).toBeNaN();
    expect(bfloat16ToNumber(numberToBfloat16(NaN))).toBeNaN();
  });

  it("rounds to the nearest, ties to even", () => {
    for (let bits = 1; bits < 0x7bff; bits += 131) {
      const low = float16ToNumber(bits);
      const high = float16ToNumber(bits + 1);
      const middle = (low + high) / 2;
      expect(numberToFloat16(middle)).toBe(bits % 2 === 0 ? bits : bits + 1);
      expect(numberToFloat16(low + (middle - low) / 2)).toBe(bits);
      expect(numberToFloat16(high - (high - middle) / 2)).toBe(bits + 1);
    }
    expect(numberToFloat16(65519)).toBe(0x7bff);
    expect(numberToFloat16(65520)).toBe(0x7c00);
    expect(numberToFloat16(2 ** -25)).toBe(0);
    expect(numberToFloat16(2 ** -25 * 1.0001)).toBe(1);
    expect(numberToBfloat16(1 + 2 ** -8)).toBe(0x3f80);
    expect(numberToBfloat16(1 + 3 * 2 ** -8)).toBe(0x3f82);
  });
});
