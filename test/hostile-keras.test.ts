// Every function of `keras.ops`, called with hostile arguments.
import { keras, tf } from "@isoform/api-keras";
import { cpu } from "@isoform/backend-cpu";
import { setBackend, type Device } from "@isoform/core";
import { beforeAll, describe, expect, it } from "vitest";
import { Arguments, failures, functionsOf } from "./support/hostile.js";

/** Calls of each function with random arguments, after all values in every place. */
const RANDOM = 50;
const OPTIONS = [
  "axis", "keepdims", "dtype", "num", "endpoint", "m", "k", "strides", "padding", "dataFormat", "dilationRate", "groups",
  "sorted", "numClasses", "mask", "scale", "bias", "epsilon", "weights", "mode", "constantValues", "side", "ord",
  "fromLogits", "approximate", "negativeSlope", "initial", "offset", "axis1", "axis2", "right", "k",
]; // prettier-ignore

let device: Device;
beforeAll(async () => {
  device = await setBackend(cpu());
});

describe("keras.ops", () => {
  it.each(functionsOf("ops", keras.ops))("$name", async (target) => {
    const make = (round: number) =>
      new Arguments(round * 1009 + target.name.length * 31 + target.name.charCodeAt(4), tf.Tensor, OPTIONS);
    const found = await failures(target, device, make, RANDOM);
    expect(found.join("\n")).toBe("");
  });
});
