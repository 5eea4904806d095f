// Gradients in PyTorch's style: backward, grad, modes, in-place rules.
import { beforeAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { LifetimeError, setBackend, type Device } from "@isoform/core";
import { nn, torch } from "./index.js";

let device: Device;
beforeAll(async () => {
  device = await setBackend(reference());
});

const leaf = (...values: number[]): torch.Tensor => torch.tensor(values, { requiresGrad: true });

describe("backward", () => {
  it("accumulates into .grad of leaves", () => {
    const [x, y] = [leaf(1, 2), torch.tensor([3, 4])];
    x.mul(y).sum().backward();
    x.mul(y).sum().backward();
    expect(x.grad!.toArraySync()).toEqual([6, 8]);
    expect(y.grad).toBeNull();
  });

  it("takes a cotangent", () => {
    const x = leaf(1, 2);
    x.square().backward({ gradient: torch.tensor([10, 100]) });
    expect(x.grad!.toArraySync()).toEqual([20, 400]);
  });

  it("refuses tensors that are no loss", () => {
    expect(() => leaf(1, 2).square().backward()).toThrow(
      "backward: only a one-element tensor has an implicit gradient (inputs: float32[2])\n  Fix: reduce the loss with sum() or mean(), or pass { gradient }",
    );
    expect(() => torch.ones(1).backward()).toThrow("backward: the tensor does not require gradients");
    expect(() => leaf(1).backward({ retain_graph: true } as never)).toThrow(
      'backward: unknown option "retain_graph"\n  Fix: did you mean `retainGraph`?',
    );
    expect(() =>
      leaf(1, 2)
        .square()
        .backward({ gradient: torch.ones(3) }),
    ).toThrow("the gradient given for the output has another shape");
  });

  it("goes through a graph once, unless it is retained", () => {
    const x = leaf(3);
    const y = x.square();
    y.backward({ retainGraph: true });
    y.backward();
    expect(x.grad!.itemSync()).toBe(12);
    expect(() => y.backward()).toThrow("already freed by an earlier backward pass");
  });

  it("createGraph: second derivatives, also of gradients in .grad", () => {
    const x = leaf(2);
    const [first] = torch.autograd.grad(x.pow(3), x, { createGraph: true });
    first!.backward();
    expect([first!.itemSync(), x.grad!.itemSync()]).toEqual([12, 12]);
    const z = leaf(2);
    z.pow(3).backward({ createGraph: true });
    const [second] = torch.autograd.grad(z.grad!, z);
    expect(second!.itemSync()).toBe(12);
  });

  it("leaves nothing behind but .grad", () => {
    const x = leaf(1, 2, 3);
    const before = device.memory().storages;
    torch.scope(() => x.exp().mul(x).sum().backward());
    expect(device.memory().storages).toBe(before + 1);
    x.grad!.dispose();
  });
});

describe("autograd.grad", () => {
  it("gives gradients without touching .grad", () => {
    const [x, w] = [leaf(2), leaf(5)];
    const [gx, gw] = torch.autograd.grad(x.mul(w).mul(x), [x, w]);
    expect([gx!.itemSync(), gw!.itemSync(), x.grad]).toEqual([20, 4, null]);
  });

  it("refuses unused inputs, or gives null", () => {
    const [x, unused] = [leaf(2), leaf(1)];
    expect(() => torch.autograd.grad(x.mul(2), [x, unused])).toThrow(
      "autograd.grad: input 1 was not used to compute the outputs (inputs: float32[1])\n  Fix: pass allowUnused to get null",
    );
    const [g, none] = torch.autograd.grad(x.mul(2), [x, unused], { allowUnused: true });
    expect([g!.itemSync(), none]).toEqual([2, null]);
  });

  it("takes cotangents and several outputs", () => {
    const x = leaf(1, 2);
    const outputs = [x.square(), x.mul(3).sum()];
    const [g] = torch.autograd.grad(outputs, x, { gradOutputs: [torch.tensor([1, 10]), null] });
    expect(g!.toArraySync()).toEqual([5, 43]);
    expect(() => torch.autograd.grad(x.square(), x)).toThrow("only a one-element tensor");
  });

  it("reaches tensors in the middle", () => {
    const x = leaf(3);
    const y = x.square();
    const [g] = torch.autograd.grad(y.mul(y), y);
    expect(g!.itemSync()).toBe(18);
  });
});

describe("modes", () => {
  it("refuse asynchronous functions, which would record after their first await", () => {
    const x = torch.ones(2).requiresGrad_();
    for (const mode of [
      torch.noGrad<Promise<number>>,
      torch.inferenceMode<Promise<number>>,
      torch.enableGrad<Promise<number>>,
    ]) {
      expect(() => mode(async () => Number(await x.sum().item()))).toThrow(
        /returned a promise[^]*await outside/,
      );
      expect(torch.isGradEnabled()).toBe(true);
    }
    expect(() => torch.noGrad(() => Promise.reject(new Error("later")))).toThrow(LifetimeError);
  });

  it("noGrad as a function and with using", () => {
    const x = leaf(1);
    expect(torch.noGrad(() => x.mul(2)).requiresGrad).toBe(false);
    {
      using _ = torch.noGrad();
      expect(torch.isGradEnabled()).toBe(false);
      expect(x.mul(2).requiresGrad).toBe(false);
      expect(torch.enableGrad(() => x.mul(2)).requiresGrad).toBe(true);
    }
    expect(torch.isGradEnabled()).toBe(true);
    expect(() =>
      torch.noGrad(() => {
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(x.mul(2).requiresGrad).toBe(true);
  });

  it("detach, requiresGrad and isLeaf", () => {
    const x = leaf(1);
    const y = x.mul(2);
    expect([x.isLeaf, y.isLeaf, y.detach().isLeaf, y.detach().requiresGrad]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(() => y.requiresGrad_(false)).toThrow("a tensor made by a recorded op always requires gradients");
    expect(() => torch.arange(3).requiresGrad_()).toThrow(
      "only floating-point tensors can require gradients",
    );
    y.mul(y.detach()).backward();
    expect(x.grad!.itemSync()).toBe(4);
  });
});

describe("in place", () => {
  it("keeps identity and updates the value", () => {
    const x = torch.tensor([1, 2]);
    expect(x.add_(1)).toBe(x);
    x.mul_(10)
      .sub_(torch.tensor([1, 2]), { alpha: 2 })
      .div_(2);
    expect(x.toArraySync()).toEqual([9, 13]);
    expect(x.copy_(torch.tensor(5)).toArraySync()).toEqual([5, 5]);
    expect(x.zero_().fill_(3).toArraySync()).toEqual([3, 3]);
  });

  it("copies recorded values into leaves without recording", () => {
    const w = nn.Parameter(torch.ones(2));
    const source = nn.Parameter(torch.ones(2)).mul(3);
    torch.noGrad(() => w.copy_(source));
    expect([w.isLeaf, w.toArraySync()]).toEqual([true, [3, 3]]);
  });

  it("refuses leaves that require gradients, outside noGrad", () => {
    const w = nn.Parameter(torch.ones(2));
    expect(() => w.add_(1)).toThrow(
      "in-place op: a leaf that requires gradients is changed in place (inputs: float32[2])\n  Fix: wrap the update in torch.noGrad(() => …)",
    );
    torch.noGrad(() => w.add_(1));
    expect([w.toArraySync(), w.requiresGrad, w.isLeaf]).toEqual([[2, 2], true, true]);
  });

  it("refuses other shapes and dtypes", () => {
    expect(() => torch.ones(2).add_(torch.ones(3, 2))).toThrow(
      "an in-place op would change the shape or dtype",
    );
    expect(() => torch.arange(2).add_(0.5)).toThrow("an in-place op would change the shape or dtype");
    expect(torch.arange(2).add_(1).toArraySync()).toEqual([1n, 2n]);
  });

  it("is recorded on tensors that are no leaves", () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    y.mul_(y);
    y.sum().backward();
    expect(x.grad!.toArraySync()).toEqual([8, 16]);
  });

  it("a value that the backward pass needs must not have changed", () => {
    const x = leaf(1, 2);
    const w = torch.tensor([3, 4]);
    const y = x.mul(w).sum();
    w.add_(1);
    expect(() => y.backward()).toThrow("an input was changed in place after it was used");
    const z = x.add(w).sum();
    w.add_(1);
    z.backward();
    expect(x.grad!.toArraySync()).toEqual([1, 1]);
  });

  it("clones are apart", () => {
    const x = torch.tensor([1, 2]);
    const y = x.clone();
    y.add_(1);
    expect([x.toArraySync(), y.toArraySync()]).toEqual([
      [1, 2],
      [2, 3],
    ]);
    expect(torch.tensor([true]).clone().toArraySync()).toEqual([true]);
    expect(Object.is(torch.tensor([-0]).clone().itemSync(), -0)).toBe(true);
  });
});
