// Threads in a real browser, from the built modules: with the two headers that isolate a page, and one thread without.
// Skipped with a notice where there is no Chromium and nobody asks for it.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize, sep } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const packages = join(root, "packages");
const chromium = ["chromium", "chromium-browser", "google-chrome"].find(
  (name) => spawnSync("which", [name]).status === 0,
);
const required = process.env["ISOFORM_REQUIRE_BROWSER"] === "1";
if (!chromium && !required) console.warn("no Chromium found: threads in a browser are not tested");

const TYPES: Readonly<Record<string, string>> = { ".js": "text/javascript" };
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Runs in a page, in a worker of a page, and in Node. */
const PROGRAM = `
import { cpu } from "@isoform/backend-cpu";
import { setBackend } from "@isoform/core";
import { F, nn, optim, torch } from "@isoform/api-torch";

async function losses(threads) {
  const backend = cpu({ threads, relaxedSimd: false });
  const device = await setBackend(backend);
  const { threads: running, notice } = backend;
  torch.manualSeed(0);
  const net = nn.Sequential(nn.Conv2d(3, 16, 3, { padding: 1 }), nn.ReLU(), nn.Flatten(), nn.Linear(16384, 64), nn.Linear(64, 2));
  const opt = optim.Adam(net.parameters(), { lr: 0.001 });
  const x = torch.randn(16, 3, 32, 32);
  const y = torch.randint(0, 2, [16]);
  const values = [];
  for (let i = 0; i < 4; i++) {
    torch.scope(() => {
      opt.zeroGrad();
      const loss = F.crossEntropy(net(x), y);
      loss.backward();
      opt.step();
      values.push(Number(loss.itemSync()));
    });
  }
  device.dispose();
  return { running, notice, values };
}

/** Two calls of which neither ends before the other has begun. */
async function meet() {
  const { EagerEngine } = await import("@isoform/backend-cpu/dist/engine.js");
  const { i32, ModuleBuilder } = await import("@isoform/backend-cpu/dist/wasm/index.js");
  if (typeof SharedArrayBuffer === "undefined") return null;
  const { workers } = await import("@isoform/backend-cpu/dist/parts.js");
  const engine = new EagerEngine(1 << 24, { threads: 2, pool: workers.pool });
  await engine.pool.ready();
  if (engine.threads === 1) return null;
  const cell = engine.heap.alloc(64);
  engine.heap.i32.fill(0, cell / 4, cell / 4 + 16);
  const { arrive } = engine.module("meet", (m) =>
    m.exportFunc("arrive", ["i32", "i32", "i32"], null, (f, mine, other, rounds) => {
      i32.store(f, mine, 1);
      // A load that follows a store in the loop is not taken out of it.
      f.block((exit) => f.repeat(rounds, () => {
        i32.store(f, mine, 1, 8);
        f.brIf(exit, i32.load(other));
      }));
      i32.store(f, mine, i32.load(other), 4);
    }),
  );
  const grown = engine.heap.alloc(4 << 20);
  engine.parallel([[arrive, cell, cell + 32, 1 << 30], [arrive, cell + 32, cell, 1 << 30]]);
  const { i32: words, u8 } = engine.heap;
  const { fill } = engine.module("fill", (m) =>
    m.exportFunc("fill", ["i32"], null, (f, at) => i32.store(f, at, 7)));
  for (let i = 0; i < 500; i++) engine.parallel([[fill, grown], [fill, grown + 64], [fill, grown + 128]]);
  const seen = [words[cell / 4 + 1], words[cell / 4 + 9], engine.heap.u8[grown + 128]];
  engine.pool.close();
  return seen;
}

export async function run() {
  return { one: await losses(1), two: await losses(2), met: await meet() };
}
`;

interface Losses {
  readonly running: number;
  readonly notice: string | null;
  readonly values: readonly number[];
}
interface Result {
  readonly one: Losses;
  readonly two: Losses;
  readonly met: readonly number[] | null;
}

const SENDING = `const send = (result) => fetch("/result", { method: "POST", body: JSON.stringify(result) });
try { send(await (await import("/program.js")).run()); } catch (error) { send({ error: String(error && error.stack || error) }); }`;

/** Module names of the program as addresses, since workers have no import maps. */
function address(name: string): string {
  const [, own = "", rest = "dist/index.js"] = /^@isoform\/([^/]+)(?:\/(.*))?$/.exec(name) ?? [];
  return `/packages/${own}/${rest}`;
}

function withAddresses(code: string): string {
  return code.replaceAll(/(from |import\()"(@isoform\/[^"]+)"/g, (_, before: string, name: string) => {
    return `${before}"${address(name)}"`;
  });
}

/** The program's result in Node. */
function here(): Result {
  const script = `${PROGRAM}\nconsole.log(JSON.stringify(await run()));`;
  const code = script.replaceAll(/import\("@isoform\/backend-cpu\/([^"]+)"\)/g, (_, file: string) => {
    return `import(${JSON.stringify(join(packages, "backend-cpu", file))})`;
  });
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    cwd: root,
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Result;
}

describe.skipIf(!chromium && !required)("threads in Chromium", () => {
  let server: Server;
  let origin = "";
  let headers: Readonly<Record<string, string>> = {};
  let page = "";
  let arrived: ((text: string) => void) | undefined;

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const send = (type: string, body: string) => response.setHeader("content-type", type).end(body);
    if (path === "/") send("text/html", page);
    else if (path === "/program.js") send("text/javascript", withAddresses(PROGRAM));
    else if (path === "/worker.js") send("text/javascript", SENDING);
    else if (path === "/result") {
      let text = "";
      request.on("data", (part) => (text += part));
      request.on("end", () => {
        response.end();
        arrived?.(text);
      });
    } else {
      const file = normalize(join(root, path));
      const type = TYPES[extname(file)];
      if (!type || !file.startsWith(packages + sep) || !existsSync(file)) response.writeHead(404).end();
      else send(type, withAddresses(readFileSync(file, "utf8")));
    }
  }

  beforeAll(async () => {
    server = createServer(answer);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const info = server.address();
    origin = `http://127.0.0.1:${typeof info === "object" && info ? info.port : 0}/`;
  });
  afterAll(
    () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(done);
      }),
  );

  async function visit(html: string, sent: Readonly<Record<string, string>>): Promise<Result> {
    expect(chromium, "Chromium is required but not installed").toBeDefined();
    page = `<!doctype html><meta charset="utf-8">${html}`;
    headers = sent;
    const profile = mkdtempSync(join(tmpdir(), "isoform-chromium-"));
    let child: ChildProcess | undefined;
    try {
      const text = await new Promise<string>((done, fail) => {
        arrived = done;
        const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
        args.push("--disable-background-networking", "--disable-component-update", "--disable-sync");
        args.push(`--user-data-dir=${profile}`, "--remote-debugging-port=0", origin);
        child = spawn(chromium!, args, { stdio: "ignore", detached: true });
        child.on("error", fail);
        child.on("close", () => fail(new Error("the browser ended without a result")));
      });
      expect(JSON.parse(text)).not.toHaveProperty("error");
      return JSON.parse(text) as Result;
    } finally {
      const ended = new Promise((done) => child?.on("close", done));
      // The browser and its helpers, which are a process group.
      if (child?.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    }
  }

  it("computes on two threads in an isolated page, with Node's numbers", async () => {
    const result = await visit(`<script type="module">${SENDING}</script>`, ISOLATED);
    expect(result.two).toMatchObject({ running: 2, notice: null });
    expect(result.met).toEqual([1, 1, 7]);
    expect(result.two.values).toEqual(result.one.values);
    expect(result).toEqual(here());
  });

  it("computes on two threads in a worker of an isolated page", async () => {
    const result = await visit(`<script>new Worker("/worker.js", { type: "module" })</script>`, ISOLATED);
    expect(result.two).toMatchObject({ running: 2, notice: null });
    expect(result.met).toEqual([1, 1, 7]);
    expect(result.two.values).toEqual(result.one.values);
  });

  it("computes on one thread in other pages, and says why", async () => {
    const result = await visit(`<script type="module">${SENDING}</script>`, {});
    expect(result.two.running).toBe(1);
    expect(result.two.notice).toMatch(/^one thread: .*cross-origin isolated/);
    expect(result.met).toBeNull();
    expect(result.two.values).toEqual(result.one.values);
  });

  it("computes on one thread where a policy forbids workers, and says why", async () => {
    const policy = { "content-security-policy": "worker-src 'none'" };
    const result = await visit(`<script type="module">${SENDING}</script>`, { ...ISOLATED, ...policy });
    expect(result.two.running).toBe(1);
    expect(result.two.notice).toMatch(/worker-src|Content Security Policy/);
    expect(result.two.values).toEqual(result.one.values);
  });
});
