import { expect, it } from "vitest";
import { uniqueName } from "./unique-name.js";

it("gives the first number that is free, in few steps", () => {
  const taken = new Set<string>();
  let asked = 0;
  const names = Array.from({ length: 1000 }, () => {
    const name = uniqueName("n", (candidate) => {
      asked++;
      return taken.has(candidate);
    });
    taken.add(name);
    return name;
  });
  expect(names).toEqual(["n", ...Array.from({ length: 999 }, (_, i) => `n_${i + 1}`)]);
  expect(asked).toBeLessThan(1000 * 25);
  expect(
    uniqueName(
      "n",
      (candidate) => taken.has(candidate),
      (i) => `n#${i}`,
      2,
    ),
  ).toBe("n#2");
});
