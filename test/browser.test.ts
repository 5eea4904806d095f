// The same packages in a real browser: trains with both APIs on the WASM backend and converts a model, in Chromium,
// from the built ES modules, with no bundler. Skipped with a notice where there is no Chromium and nobody asks for it.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize, sep } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const packages = join(root, "packages");
const chromium = ["chromium", "chromium-browser", "google-chrome"].find(
  (name) => spawnSync("which", [name]).status === 0,
);
const required = process.env["ISOFORM_REQUIRE_BROWSER"] === "1";
if (!chromium && !required) console.warn("no Chromium found: the browser test is skipped");

const NAMES = ["core", "backend-reference", "backend-cpu", "api-keras", "api-torch", "converter"];
const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".html": "text/html",
  ".json": "application/json",
};

const PROGRAM = `
import { cpu } from "@isoform/backend-cpu";
import { setBackend } from "@isoform/core";
import { F, nn, optim, torch } from "@isoform/api-torch";
import { keras, tf } from "@isoform/api-keras";
import { bytesSource, exportOnnxBytes, importOnnx, Session } from "@isoform/converter";

export async function run() {
  const device = await setBackend(cpu({ relaxedSimd: false }));
  torch.manualSeed(0);
  const net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(27, 2));
  const opt = optim.Adam(net.parameters(), { lr: 0.01 });
  const x = torch.randn(8, 1, 8, 8);
  const y = torch.randint(0, 2, [8]);
  const losses = [];
  for (let i = 0; i < 5; i++) {
    torch.scope(() => {
      opt.zeroGrad();
      const loss = F.crossEntropy(net(x), y);
      loss.backward();
      opt.step();
      losses.push(Number(loss.itemSync()));
    });
  }
  keras.utils.setRandomSeed(1);
  const model = keras.Sequential([keras.Input([4]), keras.layers.Dense(3, { activation: "tanh" }), keras.layers.Dense(1)]);
  model.compile({ optimizer: "sgd", loss: "mse" });
  const history = await model.fit(tf.ones([6, 4]), tf.zeros([6, 1]), { epochs: 3, verbose: 0 });
  return { losses, keras: history.history.loss, backend: device.name, converter: typeof Session + typeof importOnnx + typeof exportOnnxBytes + typeof bytesSource };
}
`;

function page(): string {
  const imports: Record<string, string> = {};
  for (const name of NAMES) imports[`@isoform/${name}`] = `/packages/${name}/dist/index.js`;
  const modules = join(packages, "converter", "node_modules");
  imports["@zip.js/zip.js/"] = "/modules/@zip.js/zip.js/";
  imports["fflate"] = "/modules/fflate/esm/browser.js";
  imports["protobufjs/minimal.js"] = "/shim/protobufjs-minimal.js";
  expect(existsSync(modules)).toBe(true);
  return `<!doctype html><meta charset="utf-8"><pre id="out">waiting</pre>
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module">
const out = document.getElementById("out");
addEventListener("error", (e) => { out.textContent = "error: " + e.message; });
try {
  const { run } = await import("/program.js");
  out.textContent = "result:" + JSON.stringify(await run()) + ":end";
} catch (e) { out.textContent = "error: " + (e && e.stack || e); }
</script>`;
}

/** protobufjs is CommonJS; bundlers turn it into a module, and so does this for one file set. */
function protobufShim(): string {
  const folder = join(packages, "converter", "node_modules", "protobufjs");
  const files: Record<string, string> = {};
  const visit = (path: string): void => {
    if (path in files) return;
    const text = readFileSync(path, "utf8");
    files[path] = text;
    for (const [, wanted] of text.matchAll(/require\("([^"]+)"\)/g)) {
      const target = resolve(path, wanted!);
      if (target) visit(target);
    }
  };
  const resolve = (from: string, wanted: string): string | null => {
    if (wanted.startsWith(".")) {
      const base = normalize(join(from, "..", wanted));
      return (
        [base, `${base}.js`, join(base, "index.js")].find((p) => existsSync(p) && extname(p) === ".js") ??
        null
      );
    }
    const pkg = join(folder, "..", ...wanted.split("/"));
    return [join(pkg, "index.js"), `${pkg}.js`].find((p) => existsSync(p)) ?? null;
  };
  const entry = join(folder, "minimal.js");
  visit(entry);
  const table = Object.entries(files).map(([path, text]) => {
    const map: Record<string, string | null> = {};
    for (const [, wanted] of text.matchAll(/require\("([^"]+)"\)/g)) map[wanted!] = resolve(path, wanted!);
    return `${JSON.stringify(path)}: [${JSON.stringify(map)}, function (module, exports, require) {${text}\n}]`;
  });
  return `const files = {${table.join(",\n")}};
const cache = {};
function load(path) {
  if (cache[path]) return cache[path].exports;
  const module = (cache[path] = { exports: {} });
  const [map, fn] = files[path];
  fn.call(module.exports, module, module.exports, (name) => load(map[name]));
  return module.exports;
}
export default load(${JSON.stringify(entry)});`;
}

describe.skipIf(!chromium && !required)("in Chromium", () => {
  let server: Server;
  let address = "";

  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = new URL(request.url ?? "/", "http://localhost").pathname;
      const send = (type: string, body: string | Buffer) =>
        response.setHeader("content-type", type).end(body);
      if (path === "/") return send("text/html", page());
      if (path === "/program.js") return send("text/javascript", PROGRAM);
      if (path === "/shim/protobufjs-minimal.js") return send("text/javascript", protobufShim());
      const file = path.startsWith("/modules/")
        ? join(packages, "converter", "node_modules", path.slice("/modules/".length))
        : normalize(join(root, path));
      if (!file.startsWith(root + sep) || !existsSync(file)) return response.writeHead(404).end();
      return send(TYPES[extname(file)] ?? "application/octet-stream", readFileSync(file));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const info = server.address();
    address = `http://127.0.0.1:${typeof info === "object" && info ? info.port : 0}/`;
  });
  afterAll(() => new Promise((done) => server.close(done)));

  it("trains with both APIs, with the losses that Node has", async () => {
    expect(chromium, "Chromium is required but not installed").toBeDefined();
    const profile = mkdtempSync(join(tmpdir(), "isoform-chromium-"));
    const args = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--user-data-dir=${profile}`,
      "--virtual-time-budget=60000",
      "--dump-dom",
      address,
    ];
    const html = await new Promise<string>((done, fail) => {
      const child = spawn(chromium!, args, { stdio: ["ignore", "pipe", "ignore"] });
      const chunks: Buffer[] = [];
      child.stdout.on("data", (c: Buffer) => chunks.push(c));
      child.on("error", fail);
      child.on("close", () => done(Buffer.concat(chunks).toString("utf8")));
    });
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    const json = /result:(\{.*\}):end/.exec(html)?.[1];
    expect(json, html.slice(0, 2000)).toBeDefined();
    const browser = JSON.parse(json!.replaceAll("&quot;", '"')) as Record<string, unknown>;
    const script = `${PROGRAM}\nconsole.log(JSON.stringify(await run()));`;
    const here = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd: root,
      encoding: "utf8",
      env: { PATH: process.env["PATH"] },
    });
    expect(here.stderr).toBe("");
    expect(browser).toEqual(JSON.parse(here.stdout));
  });
});
