// Optional arguments in order, against the orders and the printed modules of PyTorch (fixtures/generate/torch_arguments.py).
import { readFileSync } from "node:fs";
import { reference } from "@isoform/backend-reference";
import { ArgumentError, setBackend } from "@isoform/core";
import { beforeAll, describe, expect, it } from "vitest";
import { F, nn, optim, torch } from "./index.js";

interface Recorded {
  readonly orders: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly modules: readonly (readonly [name: string, args: readonly unknown[], text: string])[];
}
const recorded = JSON.parse(
  readFileSync(new URL("../../../fixtures/recorded/torch_arguments.json", import.meta.url), "utf8"),
) as Recorded;
const camel = (name: string): string => name.replaceAll(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());
const spaces: Readonly<Record<string, object>> = {
  nn,
  optim,
  lr_scheduler: optim.lrScheduler,
  functional: F,
};
/** Names that PyTorch has in capitals: T_max, T_0, T_mult. */
const same = (name: string): string => camel(name).toLowerCase();

function call(space: string, name: string, args: readonly unknown[]): unknown {
  const fn: unknown = Reflect.get(spaces[space]!, name);
  return (fn as (...args: readonly unknown[]) => unknown)(...args);
}
function thrown(fn: () => unknown): ArgumentError {
  try {
    fn();
  } catch (error) {
    if (error instanceof ArgumentError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
/** The names that an error lists for what may be given in order, null for what takes none. */
function namesOf(space: string, name: string): readonly string[] | null {
  try {
    call(space, name, [...new Array<unknown>(40).fill(null)]);
  } catch (error) {
    const found = error instanceof ArgumentError ? /optional are: ([^;]*);/.exec(error.hint ?? "") : null;
    if (found) return found[1]!.split(", ");
  }
  return null;
}

beforeAll(async () => {
  await setBackend(reference());
});

describe("orders", () => {
  const all = Object.entries(recorded.orders).flatMap(([space, classes]) =>
    Object.entries(classes).flatMap(([name, order]) => {
      const here = space === "functional" ? camel(name) : name;
      const given = Reflect.has(spaces[space]!, here) ? namesOf(space, here) : null;
      return given === null || order.length === 0 ? [] : [{ name: `${space}.${here}`, given, order }];
    }),
  );
  it("are those of many classes", () => expect(all.length).toBeGreaterThan(90));
  it.each(all)("$name takes them as PyTorch", ({ given, order }) => {
    const at = order.findIndex((n) => same(n) === given[0]!.toLowerCase());
    expect(given.map((n) => n.toLowerCase())).toEqual(order.slice(at, at + given.length).map(same));
  });
});

describe("modules made in order", () => {
  it.each(recorded.modules)("%s(%j)", (name, args, text) => {
    expect(String(call("nn", name, args))).toBe(text);
  });
});

describe("in order and by name", () => {
  const x = (): torch.Tensor => torch.arange(32).float().reshape([1, 2, 4, 4]);
  const w = (): torch.Tensor => torch.arange(36).float().reshape([2, 2, 3, 3]);
  const b = (): torch.Tensor => torch.tensor([1, 2]);
  const cases: Readonly<Record<string, readonly [() => torch.Tensor, () => torch.Tensor]>> = {
    conv2d: [() => F.conv2d(x(), w(), b(), 1, 1), () => F.conv2d(x(), w(), { bias: b(), padding: 1 })],
    "conv2d without bias": [
      () => F.conv2d(x(), w(), null, 2, { padding: 1 }),
      () => F.conv2d(x(), w(), { stride: 2, padding: 1 }),
    ],
    convTranspose2d: [
      () => F.convTranspose2d(x(), w(), b(), 2, 1),
      () => F.convTranspose2d(x(), w(), { bias: b(), stride: 2, padding: 1 }),
    ],
    maxPool2d: [() => F.maxPool2d(x(), 2, 2), () => F.maxPool2d(x(), 2, { stride: 2 })],
    avgPool2d: [() => F.avgPool2d(x(), 3, 2, 1), () => F.avgPool2d(x(), 3, { stride: 2, padding: 1 })],
    layerNorm: [() => F.layerNorm(x(), [4], null, null, 0.1), () => F.layerNorm(x(), [4], { eps: 0.1 })],
    normalize: [() => F.normalize(x(), 1, 2), () => F.normalize(x(), { p: 1, dim: 2 })],
    pad: [() => F.pad(x(), [1, 1], "constant", 5), () => F.pad(x(), [1, 1], { value: 5 })],
    dropout: [() => F.dropout(x(), 0.5, false), () => x()],
    crossEntropy: [
      () => F.crossEntropy(x().at(0, 0), torch.tensor([0, 1, 2, 3]).long(), torch.tensor([1, 2, 3, 4])),
      () =>
        F.crossEntropy(x().at(0, 0), torch.tensor([0, 1, 2, 3]).long(), {
          weight: torch.tensor([1, 2, 3, 4]),
        }),
    ],
    "a module's weight": [
      () => nn.CrossEntropyLoss(torch.tensor([1, 2, 3, 4]))(x().at(0, 0), torch.tensor([0, 1, 2, 3]).long()),
      () =>
        nn.CrossEntropyLoss({ weight: torch.tensor([1, 2, 3, 4]) })(
          x().at(0, 0),
          torch.tensor([0, 1, 2, 3]).long(),
        ),
    ],
    cumsum: [() => x().cumsum({ dim: 1 }), () => x().cumsum(1)],
    cumprod: [() => torch.cumprod(x(), { dim: -1 }), () => torch.cumprod(x(), -1)],
    sort: [() => x().sort(0, true)[0], () => x().sort({ dim: 0, descending: true })[0]],
    "sort with an option": [() => torch.sort(x(), 3, { descending: true })[0], () => x().flip([3])],
    topk: [() => x().topk(2, 1)[0], () => x().topk(2, { dim: 1 })[0]],
  };
  it.each(Object.entries(cases))("%s", (_, [inOrder, byName]) => {
    torch.manualSeed(1);
    const got = inOrder();
    torch.manualSeed(1);
    const want = byName();
    expect([got.shape, got.toArraySync()]).toEqual([want.shape, want.toArraySync()]);
  });

  it("masks are the same", () => {
    torch.manualSeed(3);
    const a = F.dropout(x(), 0.5).toArraySync();
    torch.manualSeed(3);
    expect(F.dropout(x(), { p: 0.5 }).toArraySync()).toEqual(a);
  });
  it("optimizers and schedules", () => {
    const p = nn.Parameter(torch.ones([2]));
    const sgd = optim.SGD([p], 0.1, 0.9, { nesterov: true });
    expect(sgd.defaults).toMatchObject({ lr: 0.1, momentum: 0.9, nesterov: true });
    expect(optim.Adam([p], 0.1, [0.5, 0.9]).defaults).toMatchObject({ lr: 0.1, betas: [0.5, 0.9] });
    const step = optim.lrScheduler.StepLR(sgd, 1, 0.5);
    step.step();
    expect(sgd.paramGroups[0]!.lr).toBe(0.05);
    const cosine = optim.lrScheduler.CosineAnnealingLR(optim.SGD([p], 1), 2, 0.25);
    cosine.step();
    cosine.step();
    expect(cosine.getLastLr()[0]).toBeCloseTo(0.25, 12);
    expect(optim.lrScheduler.ReduceLROnPlateau(sgd, "max", 0.5).optimizer).toBe(sgd);
  });
});

describe("refused", () => {
  const wrong = <T>(v: unknown): T => v as T;
  it.each([
    ["too many", () => nn.Flatten(1, -1, wrong(2)), "argument/too-many", "3 optional arguments"],
    ["twice", () => nn.Conv2d(3, 8, 3, 1, { stride: 2 }), "argument/twice", "stride is given twice"],
    [
      "options before others",
      () => nn.Conv2d(3, 8, 3, { padding: 1 }, 2),
      "argument/options",
      "options are followed by another argument",
    ],
    ["another kind", () => nn.Conv2d(3, 8, 3, wrong("1")), "argument/per-axis", "stride is"],
    ["a flag for a number", () => nn.LSTM(4, 3, wrong(true)), "argument/range", "numLayers is true"],
    ["an unknown name", () => nn.MaxPool2d(2, 2, wrong({ pading: 1 })), "argument/unknown-option", "pading"],
    [
      "a text for a rate",
      () => optim.SGD([nn.Parameter(torch.ones([1]))], wrong("0.1")),
      "argument/range",
      "lr",
    ],
    ["a text for the axis", () => torch.ones([2]).sort(wrong("0")), "argument/invalid", "dim"],
    ["a number for the weight", () => nn.CrossEntropyLoss(wrong(2)), "argument/invalid", "weight is 2"],
  ])("%s", (_, fn, code, message) => {
    const error = thrown(fn);
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
    expect(error.hint).toMatch(/\w/);
  });
});
