// Shared constants: bounded in number, freed when unused, usable after that.
import { afterAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { add, createRuntime, mul, scalar, scope, tensor } from "../index.js";

const backend = reference();
let live = 0;
const counting = {
  ...backend,
  alloc: (bytes: number) => {
    live++;
    return backend.alloc(bytes);
  },
  free: (buffer: never, bytes: number) => {
    live--;
    backend.free(buffer, bytes);
  },
};
const runtime = await createRuntime({ backends: [counting] });
const device = runtime.use();
afterAll(() => runtime.dispose());

describe("shared constants", () => {
  it("are shared, and not counted", () => {
    const before = device.memory().storages;
    expect(scalar(0.5, "float32")).toBe(scalar(0.5, "float32"));
    expect(scalar(-0, "float32")).not.toBe(scalar(0, "float32"));
    expect(device.memory().storages).toBe(before);
  });

  it("stay few, however many there were, and those in use stay", () => {
    const one = scalar(1, "float32");
    scope(() => {
      for (let i = 0; i < 5000; i++) {
        expect(scalar(1, "float32")).toBe(one);
        scalar(i + 0.25, "float32");
      }
    });
    expect(live).toBeLessThan(600);
    expect(one.itemSync()).toBe(1);
  });

  it("can be used by whoever still holds one", () => {
    scope(() => {
      const held = scalar(7.5, "float32");
      for (let i = 0; i < 2000; i++) scalar(-i - 0.75, "float32");
      expect(scalar(7.5, "float32")).not.toBe(held);
      expect(add(held, tensor([1, 2])).toArraySync()).toEqual([8.5, 9.5]);
      expect(mul(tensor([2]), 7.5).toArraySync()).toEqual([15]);
    });
  });
});
