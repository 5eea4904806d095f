import { describe, expect, it } from "vitest";
import { paintFor } from "./color.js";
import { Progress } from "./progress.js";
import { table } from "./table.js";
import { bytes, count, duration, figure, harmless, plural } from "./text.js";

const sink = (isTTY: boolean) => {
  let text = "";
  return { isTTY, columns: 80, write: (s: string) => (text += s), read: () => text };
};

describe("colour", () => {
  const painted = (isTTY: boolean, env: Record<string, string>, allowed = true) =>
    paintFor({ isTTY, write: () => {} }, env, allowed)("red", "x") !== "x";

  it("follows the terminal, FORCE_COLOR, NO_COLOR and --no-color, the last being strongest", () => {
    expect(painted(true, {})).toBe(true);
    expect(painted(false, {})).toBe(false);
    expect(painted(true, { NO_COLOR: "1" })).toBe(false);
    expect(painted(true, { NO_COLOR: "" })).toBe(true);
    expect(painted(true, { TERM: "dumb" })).toBe(false);
    expect(painted(false, { FORCE_COLOR: "1" })).toBe(true);
    expect(painted(false, { FORCE_COLOR: "1", NO_COLOR: "1" })).toBe(true);
    expect(painted(true, { FORCE_COLOR: "0" })).toBe(false);
    expect(painted(true, { FORCE_COLOR: "1" }, false)).toBe(false);
  });
});

describe("text", () => {
  it("shows numbers in few characters", () => {
    expect([count(0), count(999), count(1000), count(1234567)]).toEqual(["0", "999", "1,000", "1,234,567"]);
    expect([bytes(0), bytes(999), bytes(1500), bytes(999_999), bytes(2 ** 31)]).toEqual([
      "0 B",
      "999 B",
      "1.50 kB",
      "1.00 MB",
      "2.15 GB",
    ]);
    expect([figure(0), figure(1e-7), figure(Infinity)]).toEqual(["0", "1.0e-7", "Infinity"]);
    expect([plural(1, "node"), plural(0, "node"), plural(2000, "node")]).toEqual([
      "1 node",
      "0 nodes",
      "2,000 nodes",
    ]);
    expect([duration(12.4), duration(1234)]).toEqual(["12 ms", "1.2 s"]);
  });

  it("makes control characters visible and keeps the rest", () => {
    expect(harmless("a\u001b[2Jb\rc\u202ed\u0085é 日本\n")).toBe("a\\x1b[2Jb\\x0dc\\u202ed\\x85é 日本\n");
  });

  it("lines up columns, also of wide characters and of hostile names", () => {
    const lines = table(
      [
        { title: "name", max: 6 },
        { title: "n", align: "right" },
      ],
      [
        ["a", "1"],
        ["層", "22"],
        ["too long a name", "3"],
        ["\u001b[31mred", "4"],
      ],
    );
    expect(lines).toEqual([
      "name     n",
      "──────  ──",
      "a        1",
      "層      22",
      "too l…   3",
      "\\x1b[…   4",
    ]);
  });
});

describe("progress", () => {
  const events = (report: Progress["report"], clock: { now: number }, steps = 50) => {
    for (let i = 0; i <= steps; i++) {
      clock.now += 100;
      report({
        task: "convert",
        phase: "run",
        done: i,
        total: steps,
        unit: "nodes",
        label: `layer\u001b${i}`,
      });
    }
  };

  it("writes one line per 10 % where there is no terminal", () => {
    const out = sink(false);
    const clock = { now: 0 };
    const progress = new Progress(out, { paint: (_, t) => t, now: () => clock.now, delay: 0 });
    events(progress.report, clock);
    progress.clear();
    expect(out.read().split("\n")).toEqual([
      "run 0 % (0/50 nodes)",
      ...Array.from({ length: 10 }, (_, i) => `run ${10 * (i + 1)} % (${5 * (i + 1)}/50 nodes)`),
      "",
    ]);
  });

  it("draws one bar on a terminal and takes it away", () => {
    const out = sink(true);
    const clock = { now: 0 };
    const progress = new Progress(out, { paint: (_, t) => t, now: () => clock.now, delay: 0 });
    events(progress.report, clock, 2);
    progress.clear();
    progress.clear();
    const erase = "\r\u001b[2K";
    expect(out.read()).toBe(
      `${erase}${"━".repeat(24)} run 0 % (0/2 nodes) layer\\x1b0` +
        `${erase}${"━".repeat(24)} run 50 % (1/2 nodes) layer\\x1b1` +
        `${erase}${"━".repeat(24)} run 100 % (2/2 nodes) layer\\x1b2${erase}`,
    );
  });

  it("says nothing of phases that end at once", () => {
    for (const tty of [true, false]) {
      const out = sink(tty);
      const clock = { now: 0 };
      const progress = new Progress(out, { paint: (_, t) => t, now: () => clock.now });
      for (const phase of ["read", "run", "write"]) {
        clock.now += 390;
        progress.report({ task: "load", phase, done: 0, total: 2, unit: "bytes" });
        progress.report({ task: "load", phase, done: 2, total: 2, unit: "bytes" });
      }
      progress.clear();
      expect(out.read()).toBe("");
    }
  });
});
