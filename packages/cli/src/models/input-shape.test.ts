import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.js";
import { parseInputShapes } from "./input-shape.js";

describe("--input-shape", () => {
  it("reads sizes, names and dtypes", () => {
    expect(parseInputShapes("4,3,32,32")).toEqual([
      { name: undefined, shape: [4, 3, 32, 32], dtype: undefined },
    ]);
    expect(parseInputShapes(" x = [1, 3] ; ids=1,16:int64")).toEqual([
      { name: "x", shape: [1, 3], dtype: undefined },
      { name: "ids", shape: [1, 16], dtype: "int64" },
    ]);
    expect(parseInputShapes("step=:int64")).toEqual([{ name: "step", shape: [], dtype: "int64" }]);
  });

  it("refuses everything else", () => {
    for (const text of [
      "",
      "a",
      "1,,2",
      "0,3",
      "-1",
      "1.5",
      "1,2:float",
      "x=1;x=2",
      "1;;2",
      "1x2",
      "1e999",
    ]) {
      expect(() => parseInputShapes(text), text).toThrow(UsageError);
    }
  });
});
