// Every package, packed, installs alone into an empty project and works there. Nothing is downloaded: what a package
// depends on is packed from this workspace. Needs the build (`npm test` makes it).
import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTarball, writeTarball } from "./support/tar.js";

const execute = promisify(execFile);
const root = join(import.meta.dirname, "..");
const names = readdirSync(join(root, "packages"));
const built = names.every((name) => existsSync(join(root, "packages", name, "dist", "index.js")));
const windows = process.platform === "win32";
let work = "";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly sideEffects?: unknown;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** What a project with only one package (and what it asks for) must be able to do. Each ends by printing `ok`. */
const PROGRAMS: Readonly<Record<string, { readonly beside?: readonly string[]; readonly code: string }>> = {
  core: {
    beside: ["@isoform/backend-reference"],
    code: `
      import { add, fromTypedArray, grad, mul, setBackend, sum } from "@isoform/core";
      import { reference } from "@isoform/backend-reference";
      await setBackend(reference());
      const x = fromTypedArray(Float32Array.of(1, 2, 3));
      const [g] = [grad((t) => sum(add(mul(t, t), t)))(x)].flat();
      equal([...(await g.data())], [3, 5, 7]);`,
  },
  "backend-reference": {
    code: `
      import { fromTypedArray, matmul, setBackend } from "@isoform/core";
      import { reference } from "@isoform/backend-reference";
      await setBackend(reference());
      const a = fromTypedArray(Float64Array.of(1, 2, 3, 4), { shape: [2, 2] });
      equal([...(await matmul(a, a).data())], [7, 10, 15, 22]);`,
  },
  "backend-cpu": {
    code: `
      import { fromTypedArray, matmul, setBackend } from "@isoform/core";
      import { cpu } from "@isoform/backend-cpu";
      const device = await setBackend(cpu({ threads: 2 }));
      const a = fromTypedArray(Float32Array.of(1, 2, 3, 4), { shape: [2, 2] });
      equal([...(await matmul(a, a).data())], [7, 10, 15, 22]);
      equal([device.fallbacks(), device.backend.threads, device.backend.notice], [{}, 2, null]);`,
  },
  "api-torch": {
    beside: ["@isoform/backend-cpu"],
    code: `
      import { setBackend } from "@isoform/core";
      import { cpu } from "@isoform/backend-cpu";
      import { F, nn, optim, torch } from "@isoform/api-torch";
      await setBackend(cpu());
      torch.manualSeed(0);
      const model = nn.Linear(2, 1);
      const opt = optim.SGD(model.parameters(), { lr: 0.1 });
      const [x, y] = [torch.ones(4, 2), torch.zeros(4, 1)];
      const step = async () => {
        opt.zeroGrad();
        const loss = F.mseLoss(model(x), y);
        loss.backward();
        opt.step();
        return loss.item();
      };
      const [first, second] = [await step(), await step()];
      equal(second < first, true);`,
  },
  "api-keras": {
    beside: ["@isoform/backend-cpu"],
    code: `
      import { setBackend } from "@isoform/core";
      import { cpu } from "@isoform/backend-cpu";
      import { keras, tf } from "@isoform/api-keras";
      await setBackend(cpu());
      keras.utils.setRandomSeed(0);
      const model = keras.Sequential([keras.Input([2]), keras.layers.Dense(1)]);
      model.compile({ optimizer: keras.optimizers.SGD({ learningRate: 0.1 }), loss: "meanSquaredError" });
      const [x, y] = [tf.ones([8, 2]), tf.zeros([8, 1])];
      const { history } = await model.fit(x, y, { epochs: 3, verbose: 0 });
      equal(history.loss.length, 3);
      equal(history.loss[2] < history.loss[0], true);`,
  },
  "backend-webgpu": {
    code: `
      import { createRuntime } from "@isoform/core";
      import { webgpu } from "@isoform/backend-webgpu";
      const error = await createRuntime({ backends: [webgpu()] }).then(() => null, (e) => e);
      equal([error.name, error.code], ["UnsupportedOpError", "webgpu/no-webgpu"]);
      equal(error.hint.includes("install the \`webgpu\` package"), true);`,
  },
  data: {
    code: `
      import { readNpy, writeNpy, ndArray } from "@isoform/data";
      const bytes = writeNpy(ndArray("float32", [2, 2], Float32Array.of(1, 2, 3, 4)));
      const back = await readNpy(bytes);
      equal([...back.data, ...back.shape], [1, 2, 3, 4, 2, 2]);`,
  },
  converter: {
    beside: ["@isoform/backend-cpu"],
    code: `
      import { readFileSync } from "node:fs";
      import { createRuntime } from "@isoform/core";
      import { cpu } from "@isoform/backend-cpu";
      import { bytesSource, convertModel, importKeras, onnx, readKerasFile } from "@isoform/converter";
      const model = importKeras(await readKerasFile(bytesSource(new Uint8Array(readFileSync("cnn3.keras")), "cnn3.keras")));
      const device = (await createRuntime({ backends: [cpu()] })).use();
      const { files, report } = await convertModel(model, "onnx", { device });
      const { graph } = onnx.decodeModel(files.get("model.onnx"));
      equal(graph.node.filter((n) => n.opType === "Conv").length, 3);
      equal(report.verification.ok, true);`,
  },
  conformance: {
    beside: ["@isoform/backend-reference"],
    code: `
      import { runConformance } from "@isoform/conformance";
      import { reference } from "@isoform/backend-reference";
      const cases = [];
      const describe = (_, body) => body();
      const report = runConformance(reference, { level: "L0", describe, it: (_, body) => cases.push(body) });
      for (const body of cases) await body();
      equal([report.totals.failed, report.totals.passed > 5], [0, true]);`,
  },
  "create-backend": {
    code: `
      import { execFileSync } from "node:child_process";
      import { existsSync, readFileSync } from "node:fs";
      import { join } from "node:path";
      const bin = join("node_modules", "@isoform", "create-backend", "bin", "create-backend.js");
      const words = [bin, "@acme/isoform-backend-metal", "--json"];
      const said = JSON.parse(execFileSync(process.execPath, words, { encoding: "utf8" }));
      equal([said.ok, said.factory, existsSync("isoform-backend-metal/src/kernels.ts")], [true, "metal", true]);
      const made = JSON.parse(readFileSync("isoform-backend-metal/package.json", "utf8"));
      equal([made.name, made.peerDependencies["@isoform/core"]], ["@acme/isoform-backend-metal", "^0.1.0"]);`,
  },
  bench: {
    beside: ["@isoform/backend-cpu"],
    code: `
      import { cpu } from "@isoform/backend-cpu";
      import { backendContender, benchCases, runBenchmark } from "@isoform/bench";
      const contenders = [backendContender(() => cpu({ threads: 1 }), { id: "cpu-1" })];
      const cases = benchCases({ suites: ["training"], size: "small" });
      const { rows } = await runBenchmark({ cases, contenders, settings: { budgetMs: 1, minSamples: 1 } });
      equal(rows.map((r) => r.state), cases.map(() => "ok"));`,
  },
  cli: {
    code: `
      import { execFileSync } from "node:child_process";
      import { join } from "node:path";
      import { main } from "@isoform/cli";
      equal(await main(["doctor", "--json", "--quiet"], { stdout: { write() {} } }), 0);
      const bin = join("node_modules", "@isoform", "cli", "bin", "isoform.js");
      const said = JSON.parse(execFileSync(process.execPath, [bin, "inspect", "cnn3.keras", "--json"], { encoding: "utf8" }));
      equal([said.schema, said.ok, said.model.run.ok], ["isoform/1", true, true]);`,
  },
};

const manifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
const fileName = (name: string) => `${name.replace("@", "").replace("/", "-")}.tgz`;

/** Third-party packages that `folder` asks for, and what those ask for, by name to folder. */
function thirdParty(folder: string, found = new Map<string, string>()): Map<string, string> {
  for (const name of Object.keys(manifest(folder).dependencies ?? {})) {
    if (name.startsWith("@isoform/") || found.has(name)) continue;
    const inside = join(folder, "node_modules", name);
    const up = name.startsWith("@") ? "../.." : "..";
    const beside = join(folder, manifest(folder).name.startsWith("@") ? "../.." : up, name);
    const place = realpathSync(existsSync(inside) ? inside : beside);
    found.set(name, place);
    thirdParty(place, found);
  }
  return found;
}

function filesBelow(folder: string, prefix = ""): [string, Uint8Array][] {
  return readdirSync(folder).flatMap((name): [string, Uint8Array][] => {
    const path = join(folder, name);
    if (name === "node_modules") return [];
    if (statSync(path).isDirectory()) return filesBelow(path, `${prefix}${name}/`);
    return [[prefix + name, new Uint8Array(readFileSync(path))]];
  });
}

const tarballs = new Map<string, Map<string, Uint8Array>>();
const overrides: Record<string, string> = {};

async function install(name: string): Promise<string> {
  const project = join(work, name);
  mkdirSync(project);
  const wanted = [`@isoform/${name}`, "@isoform/core", ...(PROGRAMS[name]?.beside ?? [])];
  const dependencies = Object.fromEntries(wanted.map((n) => [n, overrides[n] ?? ""]));
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ private: true, type: "module", dependencies, overrides }),
  );
  const options = [
    "--offline",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-package-lock",
    "--loglevel=error",
    `--cache=${join(work, "cache", name)}`,
  ];
  await execute(windows ? "npm.cmd" : "npm", ["install", ...options], { cwd: project, shell: windows });
  return project;
}

describe.skipIf(!built)("packed packages", () => {
  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), "isoform-pack-"));
    const pnpm = join(root, "node_modules", "pnpm", "bin", "pnpm.cjs");
    const words = ["-r", "--filter", "./packages/*", "pack", "--pack-destination", work];
    await execute(process.execPath, [pnpm, ...words], { cwd: root, maxBuffer: 1 << 26 });
    for (const name of names) {
      const { version } = manifest(join(root, "packages", name));
      const tgz = new Uint8Array(readFileSync(join(work, `isoform-${name}-${version}.tgz`)));
      tarballs.set(name, readTarball(tgz));
      overrides[`@isoform/${name}`] = `file:../isoform-${name}-${version}.tgz`;
      for (const [other, folder] of thirdParty(join(root, "packages", name))) {
        if (overrides[other]) continue;
        writeFileSync(join(work, fileName(other)), writeTarball(new Map(filesBelow(folder))));
        overrides[other] = `file:../${fileName(other)}`;
      }
    }
  }, 120_000);
  afterAll(() => rm(work, { recursive: true, force: true }));

  it("has a program for every package", () => {
    expect(Object.keys(PROGRAMS).toSorted()).toEqual(names.toSorted());
  });

  for (const name of names) {
    it(`@isoform/${name} holds what it exports and no tests`, () => {
      const files = tarballs.get(name) ?? new Map<string, Uint8Array>();
      const own = JSON.parse(new TextDecoder().decode(files.get("package.json"))) as Manifest;
      const paths = [...files.keys()];
      expect(
        paths.filter((p) =>
          /\.test\.|(^|\/)(test|testing|fixtures|__snapshots__)\/|tsbuildinfo|\.tmp/.test(p),
        ),
      ).toEqual([]);
      expect(paths).toContain("LICENSE");
      const targets = Object.values(own.exports ?? {}).flatMap((e) =>
        typeof e === "string" ? [e] : Object.values(e),
      );
      expect(targets.length).toBeGreaterThan(1);
      for (const target of [...targets, ...Object.values(own.bin ?? {})])
        expect(paths).toContain(target.replace("./", ""));
      expect(own.sideEffects).toBe(false);
      expect(Object.keys(own.scripts ?? {}).filter((s) => /install|prepare/.test(s))).toEqual([]);
      const asked = { ...own.dependencies, ...own.peerDependencies };
      expect(Object.values(asked).filter((range) => /workspace|catalog|file:|link:/.test(range))).toEqual([]);
    });
  }

  it("asks for no third-party package that runs scripts when installed", () => {
    const asked = new Map(names.flatMap((name) => [...thirdParty(join(root, "packages", name))]));
    const running = [...asked].filter(([, folder]) =>
      Object.keys(manifest(folder).scripts ?? {}).some((s) => /^(pre|post)?install$/.test(s)),
    );
    expect(running).toEqual([]);
  });

  for (const name of names) {
    it.concurrent(`@isoform/${name} installs alone and works`, { timeout: 120_000 }, async ({ expect }) => {
      const project = await install(name);
      cpSync(join(root, "fixtures", "models", "cnn3.keras"), join(project, "cnn3.keras"));
      const check = 'import assert from "node:assert";\nconst equal = assert.deepStrictEqual;\n';
      writeFileSync(
        join(project, "program.js"),
        `${check}${PROGRAMS[name]?.code ?? ""}\nconsole.log("ok");\n`,
      );
      const { stdout } = await execute(process.execPath, ["program.js"], { cwd: project });
      expect(stdout.trim().split("\n").at(-1)).toBe("ok");
      expect(
        existsSync(join(dirname(project), name, "node_modules", "@isoform", "core", "dist", "index.js")),
      ).toBe(true);
    });
  }
});
