// How the result of a numeric check is told.
import type { Verification } from "@isoform/converter";
import type { Paint } from "../terminal/color.js";
import { table } from "../terminal/table.js";
import { figure, harmless } from "../terminal/text.js";

/** Plain data for `--json`. */
export function verificationData(v: Verification | null): Record<string, unknown> | null {
  return v === null ? null : { ...v };
}

/** Lines for people: one table row per output, the verdict, the first layer that differs. */
export function verificationLines(v: Verification | null, paint: Paint): string[] {
  if (v === null) return ["not verified"];
  const random = v.inputs.some((i) => i.random);
  const given = v.inputs.map((i) => `${i.name} ${i.type}`).join(", ");
  const rows = v.outputs.map((o) => [
    o.name === o.otherName ? o.name : `${o.name} / ${o.otherName}`,
    `[${o.shape.join(",")}]`,
    figure(o.largest),
    figure(o.maxAbs),
    figure(o.maxRel),
    o.ok ? "ok" : "differs",
  ]);
  const columns = [
    { title: "output", max: 48 },
    { title: "shape" },
    { title: "largest value", align: "right" },
    { title: "max abs error", align: "right" },
    { title: "max rel error", align: "right" },
    { title: "" },
  ] as const;
  const at = v.firstDiverging;
  const place = at
    ? `first layer that differs: ${at.op} ${JSON.stringify(at.layer)} (${JSON.stringify(at.otherLayer)} in the other), max abs error ${figure(at.maxAbs)}`
    : "the layers that have the same name in both agree";
  return [
    ...table(columns, rows),
    v.ok
      ? paint(
          "green",
          `✓ verified on ${random ? "random " : ""}${harmless(given)} (tolerance ${v.tolerance})`,
        )
      : paint(
          "red",
          `✗ the outputs differ on ${random ? "random " : ""}${harmless(given)} (tolerance ${v.tolerance})`,
        ),
    ...(v.ok ? [] : [harmless(place)]),
  ];
}
