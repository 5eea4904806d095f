// Every function of `torch` and `F` and every method of Tensor, called with hostile arguments.
import { F, torch } from "@isoform/api-torch";
import { cpu } from "@isoform/backend-cpu";
import { setBackend, type Device } from "@isoform/core";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { Arguments, ARITY, failures, functionsOf, type AnyFunction, type Target } from "./support/hostile.js";
import { tensorMembers } from "./support/torch-methods.js";

/** Calls of each function with random arguments, after all values in every place. */
const RANDOM = 50;
const OPTIONS = [
  "dim",
  "keepdim",
  "dtype",
  "requiresGrad",
  "alpha",
  "roundingMode",
  "gradient",
  "rtol",
  "min",
  "max",
  "largest",
  "descending",
  "correction",
  "reduction",
  "weight",
  "bias",
  "stride",
  "padding",
  "dilation",
  "groups",
  "p",
  "training",
  "eps",
  "mode",
  "value",
  "size",
  "scaleFactor",
  "ceilMode",
  "attnMask",
  "scale",
  "posWeight",
  "margin",
  "ignoreIndex",
  "labelSmoothing",
  "outputPadding",
  "negativeSlope",
  "approximate",
  "momentum",
  "gradOutputs",
  "n",
  "k",
  "bins",
  "q",
  "interpolation",
  "minlength",
  "weights",
  "returnInverse",
  "returnCounts",
  "asTuple",
  "dims",
  "nan",
  "posinf",
  "neginf",
  "equalNan",
  "beta",
  "stable",
  "sorted",
  "reduce",
  "includeSelf",
  "accumulate",
  "offset",
  "indexing",
  "paddingMode",
  "alignCorners",
  "tau",
  "hard",
];

let device: Device;
beforeAll(async () => {
  device = await setBackend(cpu());
  vi.spyOn(console, "log").mockImplementation(() => undefined);
});

const methods = [...tensorMembers()].flatMap(([key, d]) => (typeof d.value === "function" ? [key] : []));

async function check(target: Target): Promise<void> {
  const make = (round: number) =>
    new Arguments(round * 1009 + target.name.length * 31 + target.name.charCodeAt(6), torch.Tensor, OPTIONS);
  const found = await failures(target, device, make, RANDOM);
  expect(found.join("\n")).toBe("");
}

describe("torch", () => {
  // `setBackend` would change the backend of the whole test; what is kept lives on by design.
  const targets = [
    ...functionsOf("torch", torch, ["Tensor", "setBackend", "keep"]),
    ...functionsOf("torch.autograd", torch.autograd),
  ];
  it.each(targets)("$name", check);
});
describe("F", () => {
  it.each(functionsOf("F", F))("$name", check);
});
describe("Tensor", () => {
  it.each(methods)("%s", (key) =>
    check({
      name: `x.${key}`,
      arity: ARITY,
      call: ([x, ...args]) => {
        const self =
          x instanceof torch.Tensor
            ? x
            : torch.tensor([
                [1, 2],
                [3, 4],
              ]);
        return Reflect.apply(Reflect.get(self, key) as AnyFunction, self, args);
      },
    }),
  );
});
