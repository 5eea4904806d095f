import { ArgumentError, LimitExceededError, ModelFormatError } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { mutations, onlyTypedErrors, truncations } from "../testing/recorded.js";
import { categoryColumn, numericColumns } from "./columns.js";
import { loadCsv, parseCsv } from "./table.js";

const flowers = `sepal,petal,kind
5.1,1.4,setosa
7,4.7,versicolor

-6.3e-1, .6 ,"vir""ginica, late"
`;

describe("CSV", () => {
  it("cuts rows and cells", () => {
    const table = parseCsv(flowers);
    expect(table.columns).toEqual(["sepal", "petal", "kind"]);
    expect(table.rows).toEqual([
      ["5.1", "1.4", "setosa"],
      ["7", "4.7", "versicolor"],
      ["-6.3e-1", ".6", 'vir"ginica, late'],
    ]);
  });

  it("takes other delimiters, CRLF, a byte order mark, no header, no last line end", () => {
    expect(parseCsv("\uFEFFa;b\r\n1;2\r\n3;", { delimiter: ";" })).toMatchObject({
      columns: ["a", "b"],
      rows: [
        ["1", "2"],
        ["3", ""],
      ],
    });
    expect(parseCsv("1\t2\n3\t4", { delimiter: "\t", header: false })).toMatchObject({
      columns: ["0", "1"],
      rows: [
        ["1", "2"],
        ["3", "4"],
      ],
    });
    expect(parseCsv('a\n"two\nlines"\r\n').rows).toEqual([["two\nlines"]]);
    expect(parseCsv('a,b\n"",""').rows).toEqual([["", ""]]);
  });

  it("gives numbers and categories", () => {
    const table = parseCsv(flowers);
    const x = numericColumns(table, { columns: ["petal", "sepal"] });
    expect(x.shape).toEqual([3, 2]);
    expect(Array.from(x.data)).toEqual([1.4, 5.1, 4.7, 7, 0.6, -0.63].map(Math.fround));
    const { codes, categories } = categoryColumn(table, "kind");
    expect(categories).toEqual(["setosa", "versicolor", 'vir"ginica, late']);
    expect(Array.from(codes.data)).toEqual([0, 1, 2]);
    const special = numericColumns(parseCsv("a\nNaN\n-inf\n+1\nInfinity\n"), { dtype: "float64" });
    expect(Array.from(special.data)).toEqual([NaN, -Infinity, 1, Infinity]);
    expect(numericColumns(parseCsv("a,b\n1,\n"), { missing: -1 }).data[1]).toBe(-1);
  });

  it("names the cell that is no number and the column that is not there", () => {
    const table = parseCsv(flowers);
    expect(() => numericColumns(table)).toThrow(/row 1, column "kind"/);
    expect(() => numericColumns(table, { columns: ["petals"] })).toThrow(/did you mean "petal"/);
    expect(() => numericColumns(table, { dtype: "int32", columns: ["sepal"] })).toThrow(ModelFormatError);
    for (const cell of ["0x10", "1e", "1,5", "one", "--1", "1 2", "", "1_000", "."]) {
      const one = parseCsv(`a\n"${cell}"\n`, { delimiter: ";" });
      if (one.rows.length) expect(() => numericColumns(one), cell).toThrow(ModelFormatError);
    }
  });

  it("refuses malformed text", () => {
    for (const text of [
      "",
      "\n\n",
      'a\n"open',
      'a\n"x"y\n',
      'a\nx"y\n',
      "a,b\n1\n",
      "a,a\n1,2\n",
      "a\n1,2\n",
    ]) {
      expect(() => parseCsv(text), JSON.stringify(text)).toThrow(ModelFormatError);
    }
    expect(() => parseCsv("a\n1", { delimiter: ", " })).toThrow(ArgumentError);
    expect(() => parseCsv("a\n1", { delimitr: ";" } as never)).toThrow(/did you mean `delimiter`/);
    expect(() => parseCsv("a\n1", { limits: { fileBytes: 2 } })).toThrow(LimitExceededError);
  });

  it("loads bytes, and gives typed errors for damaged ones", async () => {
    const bytes = new TextEncoder().encode(flowers);
    expect(await loadCsv(bytes, { name: "flowers.csv" })).toEqual({
      ...parseCsv(flowers),
      name: "flowers.csv",
    });
    await expect(loadCsv(Uint8Array.of(0xff, 0xfe))).rejects.toThrow(ModelFormatError);
    const read = async (part: Uint8Array) =>
      numericColumns(await loadCsv(part), { columns: ["sepal", "petal"] });
    for (const part of truncations(bytes)) await onlyTypedErrors(() => read(part));
    for (const part of mutations(bytes, 1000, 6)) await onlyTypedErrors(() => read(part));
  });

  it("reads a long table in time that grows with its length", () => {
    const text = `a,b\n${'"1",2\n'.repeat(100_000)}`;
    const started = performance.now();
    expect(numericColumns(parseCsv(text)).shape).toEqual([100_000, 2]);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it("refuses element types that numbers of a table cannot have", () => {
    const options: object = { columns: ["petal"], dtype: "int64" };
    expect(() => numericColumns(parseCsv(flowers), options)).toThrow(
      expect.objectContaining({ name: "ArgumentError", code: "argument/dtype" }),
    );
  });
});
