// Gradient descent on f(x) = (x − 5)², PyTorch style: five steps of SGD from 3 with learning rate 0.1.
import { nn, optim, torch } from "@isoform/api-torch";
import { runAsScript, type Print } from "../run.js";

/** Prints x after, and f before, every step. */
export async function gradientDescent(print: Print): Promise<void> {
  const x = nn.Parameter(torch.tensor(3));
  const opt = optim.SGD([x], { lr: 0.1 });
  for (let step = 1; step <= 5; step++) {
    opt.zeroGrad();
    const y = x.sub(5).square();
    y.backward();
    opt.step();
    print(`step ${step}: x = ${Number(await x.item()).toFixed(4)}, y = ${Number(await y.item()).toFixed(4)}`);
  }
}

await runAsScript(import.meta.url, gradientDescent);
