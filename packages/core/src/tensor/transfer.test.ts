// toDevice: a copy on another device, with the right accounting.
import { expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { createRuntime } from "../runtime/runtime.js";
import { add } from "../ops/prims/binary.js";
import { transpose } from "../ops/prims/movement.js";
import { tensor } from "../ops/prims/source.js";
import { scope } from "./scope.js";
import { toDevice } from "./transfer.js";

it("copies a view to another device and computes there", async () => {
  const [a, b] = [
    await createRuntime({ backends: [reference()] }),
    await createRuntime({ backends: [reference()] }),
  ];
  a.use();
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const t = transpose(x);
  const moved = await toDevice(t, b.defaultDevice);
  expect(moved.device).toBe(b.defaultDevice);
  expect(moved.toArraySync()).toEqual([
    [1, 4],
    [2, 5],
    [3, 6],
  ]);
  expect(b.defaultDevice.memory().storages).toBe(1);
  expect(() => add(t, moved)).toThrowError(/different devices/);
  expect(scope(() => add(moved, moved).toArraySync())).toEqual([
    [2, 8],
    [4, 10],
    [6, 12],
  ]);
  moved.dispose();
  expect(b.defaultDevice.memory().storages).toBe(0);
});
