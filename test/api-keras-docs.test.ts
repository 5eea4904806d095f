// docs/api-keras.md: its list of names is what the package exports.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { keras, tf } from "@isoform/api-keras";

const root = join(import.meta.dirname, "..");

describe("the list of names", () => {
  const text = readFileSync(join(root, "docs", "api-keras.md"), "utf8");
  const listed = (title: string): string[] => {
    const line = text.split("\n").find((l) => l.startsWith(`- **${title}**`)) ?? "";
    return [...line.split("Not here:")[0]!.matchAll(/`(\w+)`/g)].map((m) => m[1]!);
  };

  it("is up to date", () => {
    execFileSync(process.execPath, [join(root, "scripts", "api-keras-table.mjs"), "--check"], {
      stdio: "pipe",
    });
  });

  it("has every name of every namespace", () => {
    const spaces = { ...keras, "optimizers.schedules": keras.optimizers.schedules };
    for (const [name, space] of Object.entries(spaces)) {
      if (typeof space !== "object" || name === "backend") continue;
      const own = [...listed(`keras.${name}`), ...listed(`keras.${name}, functions`)];
      const want = Object.entries(space).filter(
        ([k, v]) => typeof v !== "object" && !/^(get|serialize|deserialize)$/.test(k),
      );
      for (const [k] of want) expect(own, `keras.${name}`).toContain(k);
    }
    for (const [k, v] of Object.entries(tf))
      if (typeof v !== "object") expect(listed("tf"), "tf").toContain(k);
  });
});
