// Many operations and some networks beside eager PyTorch, to find what is slow without being anyone's target.
//   node benchmarks/breadth.mjs --python PATH [--only TEXT] [--threads 1] [--seconds 0.15] [--out FILE]
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { F, nn, optim, torch } from "@isoform/api-torch";
import { cpu } from "@isoform/backend-cpu";
import * as core from "@isoform/core";
import { NETWORKS } from "./breadth/networks.mjs";
import { OPERATIONS } from "./breadth/operations.mjs";
import { circumstances, median } from "./lib/measure.mjs";
import { openLines } from "./lib/python.mjs";

const { values } = parseArgs({
  options: {
    python: { type: "string" },
    only: { type: "string", default: "" },
    threads: { type: "string", default: "1" },
    seconds: { type: "string", default: "0.15" },
    out: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help || !values.python) {
  console.log(`node benchmarks/breadth.mjs --python PATH [options]

Operations forward, and forward and backward, eager and compiled, beside eager PyTorch; trainings of small networks.
  --python PATH   a Python that has PyTorch
  --only TEXT     cases whose names have this text
  --threads N     threads of both, default 1
  --seconds S     time per measurement, default 0.15
  --out FILE      writes the table there, too`);
  process.exit(values.help ? 0 : 2);
}
const threads = Number(values.threads);
const seconds = Number(values.seconds);
await core.setBackend(cpu({ threads, relaxedSimd: "enable" }));

function timed(call) {
  call();
  call();
  const times = [];
  const end = performance.now() + 1000 * seconds;
  while (times.length < 3 || (performance.now() < end && times.length < 500)) {
    const start = performance.now();
    call();
    times.push(performance.now() - start);
  }
  return median(times);
}

const tables = new Map();
function ints(shape, n) {
  const key = `${shape},${n}`;
  const made = (i) => BigInt((i * 7919) % n);
  const data = () => BigInt64Array.from({ length: core.sizeOf(shape) }, (_, i) => made(i));
  if (!tables.has(key)) tables.set(key, core.keep(torch.fromTypedArray(data()).reshape(shape)));
  return tables.get(key);
}

function operation(shapes, run) {
  const inputs = shapes.map((shape) => core.keep(core.scope(() => torch.rand(shape).mul(4).sub(2).detach())));
  const modules = [];
  const module = (make) => (modules[0] ??= make());
  const env = { torch, F, nn, ints, module };
  const call = () => run(env, ...inputs);
  const parameters = () => [...inputs, ...modules.flatMap((m) => m.parameters())];
  const backward = () => {
    const result = call();
    if (!result.requiresGrad) return false;
    result.square().sum().backward();
    return true;
  };
  const clear = () => {
    for (const p of parameters()) {
      p.grad?.dispose();
      p.grad = null;
    }
  };
  const eager = () => {
    const done = core.scope(backward);
    clear();
    return done;
  };
  const program = torch.compile((...args) => run(env, ...args));
  const gradients = torch.compile(
    () => {
      for (const p of parameters()) p.grad = null;
      backward();
      const found = parameters().flatMap((p) => p.grad?.detach() ?? []);
      for (const p of parameters()) p.grad = null;
      return found;
    },
    { fullgraph: true },
  );
  const forward = timed(() => core.scope(() => torch.noGrad(() => void call())));
  const compiled = timed(() => core.scope(() => torch.noGrad(() => void program(...inputs))));
  for (const x of inputs) x.requiresGrad_();
  const differentiable = eager();
  const both = differentiable ? timed(eager) : null;
  const compiledBoth = differentiable ? timed(() => core.scope(() => void gradients())) : null;
  for (const t of parameters()) t.dispose();
  for (const p of [program, gradients]) p.dispose();
  return { forward, compiled, both, compiledBoth };
}

function network(make) {
  const { net, x, y } = make();
  const optimizer = optim.AdamW(net.parameters(), { lr: 1e-3 });
  const step = () => {
    optimizer.zeroGrad();
    const out = net(x);
    const loss = y === null ? F.mseLoss(out, x) : F.crossEntropy(out, y);
    loss.backward();
    optimizer.step();
    return loss.detach();
  };
  const train = torch.compile(step, { fullgraph: true });
  const compiledBoth = timed(() => core.scope(() => void train()));
  const both = timed(() => core.scope(() => void step()));
  net.eval();
  const infer = torch.compile(net);
  const compiled = timed(() => core.scope(() => torch.noGrad(() => void infer(x))));
  const forward = timed(() => core.scope(() => torch.noGrad(() => void net(x))));
  for (const p of [train, infer]) p.dispose();
  return { forward, compiled, both, compiledBoth };
}

const script = fileURLToPath(new URL("breadth/child.py", import.meta.url));
const child = await openLines(values.python, ["-W", "ignore", script, String(threads)], threads).catch(
  (error) => {
    console.error(`${error.message}: does ${values.python} have PyTorch?`);
    process.exit(1);
  },
);
const theirs = (request) => child.ask({ ...request, seconds });
const { version } = child.greeting;

/** Least of two turns each, in turns. */
async function compare(ours, request) {
  const turns = [];
  for (let i = 0; i < 2; i++) turns.push([ours(), await theirs(request)]);
  const least = (side, key) =>
    turns[0][side][key] === null ? null : Math.min(...turns.map((t) => t[side][key]));
  const [forward, compiled, both, compiledBoth] = ["forward", "compiled", "both", "compiledBoth"].map((k) =>
    least(0, k),
  );
  return {
    forward,
    compiled,
    both,
    compiledBoth,
    theirForward: least(1, "forward"),
    theirBoth: least(1, "both"),
  };
}

const chosen = (name) => name.includes(values.only);
const rows = [];
for (const [group, name, shapes, run, code] of OPERATIONS.filter(([, name]) => chosen(name))) {
  rows.push({ group, name, ...(await compare(() => operation(shapes, run), { shapes, code })) });
  console.error(name);
}
for (const [name, make] of Object.entries(NETWORKS).filter(([name]) => chosen(name))) {
  rows.push({ group: "training, inference", name, ...(await compare(() => network(make), { name })) });
  console.error(name);
}
child.close();

const cell = (ms, their) =>
  ms === null || their === null ? "" : `${ms.toPrecision(3)} (${(ms / their).toFixed(2)})`;
const line = (r) =>
  `| ${[
    r.name,
    cell(r.forward, r.theirForward),
    cell(r.compiled, r.theirForward),
    r.theirForward.toPrecision(3),
    cell(r.both, r.theirBoth),
    cell(r.compiledBoth, r.theirBoth),
    r.theirBoth?.toPrecision(3) ?? "",
  ].join(" | ")} |`;
const ratios = rows.flatMap((r) => [
  r.compiled / r.theirForward,
  ...(r.both ? [r.compiledBoth / r.theirBoth] : []),
]);
const mean = Math.exp(ratios.reduce((sum, r) => sum + Math.log(r), 0) / ratios.length);
const over = (limit) => ratios.filter((r) => r > limit).length;
const { cpu: processor, node, date } = circumstances();
const groups = [...new Set(rows.map((r) => r.group))].map(
  (group) => `## ${group}

| case | forward, eager | compiled | PyTorch | with gradients, eager | compiled | PyTorch |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
${rows
  .filter((r) => r.group === group)
  .map(line)
  .join("\n")}
`,
);
const text = `# Operations and networks beside PyTorch

Milliseconds, and in brackets ours divided by eager PyTorch ${version}: medians of ${seconds} s, the least of two turns, ${threads} thread(s).
${processor}, Node ${node}, ${date}. Of ${ratios.length} compiled ratios the geometric mean is ${mean.toFixed(2)}; ${over(1)} are over 1, ${over(2)} over 2,
${over(5)} over 5 and ${over(10)} over 10.

${groups.join("\n")}`;
console.log(text);
if (values.out) writeFileSync(values.out, text);
process.exit(0);
