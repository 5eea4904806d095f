// Eager dispatch: the time of an op beyond its kernel (inference, allocation, views, tape), on a backend whose kernels
// do nothing. The budget is 2 µs per op. Needs the built packages (`npm run build`). Writes results/dispatch.json.
import { writeFileSync } from "node:fs";
import * as core from "../packages/core/dist/index.js";
import { circumstances, interleave } from "./lib/measure.mjs";

const OPS = 2000;
const BUDGET_US = 2;

const nothing = () => {};
const buffer = {};
const backend = {
  name: "nothing",
  contract: core.BACKEND_CONTRACT,
  capabilities: { syncRead: true, dtypes: core.DTYPES },
  kernels: Object.fromEntries(core.KERNEL_FAMILIES.map((family) => [family, nothing])),
  alloc: () => buffer,
  free: nothing,
  write: nothing,
  read: async (_, __, bytes) => new Uint8Array(bytes),
  readSync: (_, __, bytes) => new Uint8Array(bytes),
};
await core.setBackend(backend);
const a = core.full([4], 1);
const b = core.full([4], 2);

const repeat = (op) => () =>
  core.scope(() => {
    for (let i = 0; i < OPS; i++) op();
  });
const { median, least } = await interleave(
  {
    "add [4] + [4]": repeat(() => core.add(a, b)),
    "add [4] + number": repeat(() => core.add(a, 1)),
    "exp [4]": repeat(() => core.exp(a)),
    "reshape [4] (view)": repeat(() => core.reshape(a, [2, 2])),
    "add, outside scopes": () => {
      for (let i = 0; i < OPS; i++) core.add(a, b).dispose();
    },
    "mul, recorded, and its backward step": () =>
      core.scope(() =>
        core.grad((x) => {
          let y = x;
          for (let i = 0; i < OPS; i++) y = core.mul(y, b);
          return core.sum(y);
        })(a),
      ),
  },
  { rounds: 40, warmup: 20 },
);

const microseconds = (times) =>
  Object.fromEntries(
    Object.entries(times).map(([name, ms]) => [name, Number(((ms / OPS) * 1000).toFixed(3))]),
  );
const result = {
  ...circumstances(),
  unit: "µs per op beyond the kernel",
  budget: BUDGET_US,
  median: microseconds(median),
  least: microseconds(least),
};
console.log(JSON.stringify(result, null, 2));
writeFileSync(new URL("results/dispatch.json", import.meta.url), `${JSON.stringify(result, null, 2)}\n`);
