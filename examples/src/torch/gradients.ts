// Gradients, PyTorch style: backward(), shapes, second derivatives.
import { torch } from "@isoform/api-torch";
import { runAsScript, type Print } from "../run.js";

/** Prints the values and gradients of five small functions. */
export async function gradients(print: Print): Promise<void> {
  const x = torch.tensor(2, { requiresGrad: true });
  const y = x.pow(4).mul(2).add(x.pow(3)).add(x.pow(2).mul(3)).add(x.mul(5)).add(1);
  y.backward();
  print(`y=${await y.item()}, dy/dx=${await x.grad!.item()}`);

  const m = torch.tensor(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    { requiresGrad: true },
  );
  m.square().sum().backward();
  print(`d sum(x^2)/dx = ${JSON.stringify(await m.grad!.toArray())}`);

  const ones = torch.ones(2, 3, { requiresGrad: true });
  const y3 = ones.mul(3).add(2).square().mean();
  y3.backward();
  print(`y3=${await y3.item()}, dy3/dx = ${JSON.stringify(await ones.grad!.toArray())}`);

  const a = torch.tensor(1, { requiresGrad: true });
  const b = torch.tensor(2, { requiresGrad: true });
  a.square().add(a.mul(b)).add(b.square()).backward();
  print(`df/dx=${await a.grad!.item()}, df/dy=${await b.grad!.item()}`);

  const t = torch.tensor(3, { requiresGrad: true });
  const [first] = torch.autograd.grad(t.pow(3), t, { createGraph: true });
  const [second] = torch.autograd.grad(first!, t);
  print(`d(x^3)=${await first!.item()}, d2(x^3)=${await second!.item()} at 3`);
}

await runAsScript(import.meta.url, gradients);
