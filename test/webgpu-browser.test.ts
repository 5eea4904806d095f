// Conformance of the WebGPU backend in a real browser, whose adapter without a GPU is SwiftShader: what a page would bundle,
// run by the suite's own runner. ISOFORM_CONFORMANCE names cases to run instead of all, e.g. 'L1/add/*;L2/*'.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium as launcher } from "playwright-core";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const chromium = ["chromium", "chromium-browser", "google-chrome"]
  .map((name) => spawnSync("which", [name], { encoding: "utf8" }).stdout.trim())
  .find((path) => path !== "");
const required = process.env["ISOFORM_REQUIRE_GPU"] === "1";
if (!required) console.warn("WebGPU in Chromium is not tested: ISOFORM_REQUIRE_GPU=1 does");

const named = process.env["ISOFORM_CONFORMANCE"];
const only = named?.split(";") ?? ["*"];

const PROGRAM = `
import { reference } from "@isoform/backend-reference";
import { webgpu } from "@isoform/backend-webgpu";
import { checkBackend } from "@isoform/conformance";
import { models } from "@isoform/conformance/models";
const check = async (only, onProgress) => {
  const backend = webgpu();
  const report = await checkBackend(() => backend, { level: "L4", only, models, onProgress, reference: () => reference() });
  const { adapter, features } = backend.info();
  return { adapter, features, totals: report.totals, remarks: report.remarks.filter((r) => r.outcome !== "skipped") };
};
const say = ({ done, total, case: id }) => { if (done % 500 === 0) console.log(done + " of " + total + ", " + id); };
if (globalThis.document) {
  globalThis.check = (only) => check(only, say);
  globalThis.checkInWorker = (only) => new Promise((resolve, reject) => {
    const worker = new Worker("/program.js", { type: "module" });
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.answer));
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(only);
  });
} else {
  globalThis.onmessage = ({ data }) => check(data).then(
    (answer) => postMessage({ answer }),
    (error) => postMessage({ error: String(error) }),
  );
}
`;

interface Answer {
  readonly adapter: string;
  readonly features: readonly string[];
  readonly totals: { readonly passed: number; readonly failed: number };
  readonly remarks: readonly { readonly case: string; readonly reason: string }[];
}

describe.skipIf(!required)("WebGPU in Chromium", () => {
  let folder = "";
  let server: Server;
  let address = "";

  beforeAll(async () => {
    folder = mkdtempSync(join(import.meta.dirname, ".webgpu-"));
    const input = join(folder, "entry.js");
    writeFileSync(input, PROGRAM);
    const bundle = await rolldown({ input, platform: "browser", logLevel: "silent" });
    const { output } = await bundle.generate({ format: "esm", codeSplitting: false });
    const script = output[0].code;
    server = createServer(({ url }, response) => {
      if (url === "/program.js") response.setHeader("content-type", "text/javascript").end(script);
      else
        response
          .setHeader("content-type", "text/html")
          .end('<script type="module" src="/program.js"></script>');
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const info = server.address();
    address = `http://127.0.0.1:${typeof info === "object" && info ? info.port : 0}/`;
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await new Promise((done) => server.close(done));
  });

  async function answerOf(call: string): Promise<Answer> {
    expect(chromium, "Chromium is required but not installed").toBeDefined();
    const profile = mkdtempSync(join(tmpdir(), "isoform-chromium-"));
    const args = ["--no-sandbox", "--disable-quic", "--no-first-run", "--enable-unsafe-webgpu"];
    const context = await launcher.launchPersistentContext(profile, {
      executablePath: chromium!,
      headless: true,
      args,
    });
    try {
      const page = await context.newPage();
      page.on("console", (message) => console.log(message.text()));
      await page.goto(address);
      await page.waitForFunction("globalThis.check !== undefined");
      const answer = (await page.evaluate(call)) as Answer;
      console.log(`${answer.adapter} (${answer.features.join(" ")}): ${answer.totals.passed} cases passed`);
      expect(answer.remarks).toEqual([]);
      expect(answer.totals.failed).toBe(0);
      return answer;
    } finally {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  it("conforms", { timeout: 3_600_000 }, async () => {
    const answer = await answerOf(`check(${JSON.stringify(only)})`);
    expect(answer.totals.passed).toBeGreaterThanOrEqual(named === undefined ? 11_900 : 1);
  });

  it("conforms in a worker", { timeout: 600_000 }, async () => {
    const some = ["L0/*", "L1/add/float32/*", "L1/matmul/float32/*", "L3/softmax/float32/*"];
    const answer = await answerOf(`checkInWorker(${JSON.stringify(some)})`);
    expect(answer.totals.passed).toBeGreaterThanOrEqual(130);
  });
});
