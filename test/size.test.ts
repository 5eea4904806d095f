// What a web page downloads for core and the CPU backend: minified and packed, with what it does not use left out.
import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, it } from "vitest";

/** Bytes of the minified, gzipped bundle of a program. */
async function packedSize(code: string): Promise<number> {
  // Inside the workspace, so that packages are found as a project would find them.
  const folder = mkdtempSync(join(import.meta.dirname, ".size-"));
  try {
    const input = join(folder, "entry.js");
    writeFileSync(input, code);
    const bundle = await rolldown({ input, platform: "browser", logLevel: "silent" });
    const { output } = await bundle.generate({ format: "esm", minify: true });
    return gzipSync(output[0].code, { level: 9 }).length;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The aim is 60 kB (docs/performance.md says what the difference is); this keeps it from growing unseen. */
const LIMIT = 85_000;

const TRAINING = `
import { add, compile, keep, matmul, mean, mul, rebind, relu, scope, setBackend, softmaxCrossEntropy, sub, tensor, valueAndGrads } from "@isoform/core";
import { cpu } from "@isoform/backend-cpu";
await setBackend(cpu());
const w = keep(tensor([[0.1, 0.2], [0.3, 0.4]]));
const step = compile((x, y) => scope(() => {
  const [loss, [g]] = valueAndGrads((w) => mean(softmaxCrossEntropy(relu(matmul(x, w)), y)), [0])(w);
  rebind(w, sub(w, mul(g, 0.1)));
  return loss;
}));
for (let i = 0; i < 3; i++) console.log(step(tensor([[1, 2]]), tensor([1], { dtype: "int32" }))[0].itemSync(), add);
`;

it("is at most 85 kB for a training program, compiler and kernels included", async () => {
  const bytes = await packedSize(TRAINING);
  console.log(`core + backend-cpu, a training program: ${(bytes / 1000).toFixed(1)} kB`);
  expect(bytes).toBeLessThanOrEqual(LIMIT);
  expect(bytes).toBeGreaterThan(20_000);
});
