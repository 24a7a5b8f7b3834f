import { SourceMap } from "node:module";
import { transform } from "esbuild";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  encodeVlq,
  type SourceMap as JobSourceMap,
  jobSourceMap,
  VlqReader,
} from "../../../deploy/build/source-map.ts";

const segment = (numbers: readonly number[]) => numbers.map(encodeVlq).join("");

const only = (wanted: string) => (source: string) => (source === wanted ? "job.ts" : undefined);

function sourceMapOf({ sources, names, mappings }: JobSourceMap): SourceMap {
  const rest = { file: "", version: 3, sourceRoot: "", sourcesContent: [] };
  return new SourceMap({ ...rest, sources: [...sources], names: [...names], mappings });
}

describe("jobSourceMap", () => {
  it("finds the same places as the whole map when every source is the job's", async () => {
    const code =
      "export function first() { return 1; }\n\nexport const text = `a\nb`;\nexport const second = () => first() + 1;\n";
    const { map } = await transform(code, { sourcemap: true, minify: true, sourcefile: "a.ts", loader: "ts" });
    const whole = JSON.parse(map) as JobSourceMap;
    const cut = sourceMapOf(jobSourceMap(whole, only("a.ts")));
    const original = sourceMapOf(whole);
    for (let column = 0; column < 80; column += 1) {
      const expected = original.findEntry(0, column);
      expect(cut.findEntry(0, column)).toMatchObject({
        originalLine: "originalLine" in expected ? expected.originalLine : undefined,
        originalSource: "job.ts",
      });
    }
  });

  it("marks the end of the job's own code, once, when other sources follow it", () => {
    const segments = [
      [0, 0, 0, 0],
      [10, 1, 0, 0],
      [5, 0, 1, 0],
      [5, -1, 3, 2],
    ]
      .map(segment)
      .join(",");
    const map = jobSourceMap({ version: 3, sources: ["job", "lib"], names: [], mappings: `;${segments}` }, only("job"));
    expect(map.sources).toEqual(["job.ts"]);
    expect(map.mappings).toBe(`;${[[0, 0, 0, 0], [10], [10, 0, 4, 2]].map(segment).join(",")};`);
  });

  it("marks the end of the job's own code at the end of a line", () => {
    const lines = [
      [0, 0, 0, 0],
      [4, 1, 0, 0],
    ]
      .map(segment)
      .join(";");
    const map = jobSourceMap({ version: 3, sources: ["job", "lib"], names: [], mappings: lines }, only("job"));
    expect(sourceMapOf(map).findEntry(1, 9)).not.toHaveProperty("originalSource", "job.ts");
  });

  it("is empty when nothing is the job's own", () => {
    const map = { version: 3, sources: ["lib"], names: [], mappings: "AAAA;AACA" };
    expect(jobSourceMap(map, () => undefined)).toEqual({ version: 3, sources: [], names: [], mappings: ";" });
  });
});

describe("VlqReader", () => {
  const numbersOf = (text: string) => {
    const reader = new VlqReader(text);
    const numbers: number[] = [];
    while (!reader.isAtEnd()) numbers.push(reader.next());
    return numbers;
  };

  it.each([
    ["AAAA", [0, 0, 0, 0]],
    ["D", [-1]],
    ["gB", [16]],
    ["mjqE", [70_707]],
  ])("reads the segment %s", (text, numbers) => expect(numbersOf(text)).toEqual(numbers));

  it("reads what encodeVlq wrote for any number that a source map can have", () => {
    const number = fc.integer({ min: -(2 ** 29), max: 2 ** 29 });
    fc.assert(
      fc.property(fc.array(number), (numbers) => {
        expect(numbersOf(segment(numbers))).toEqual(numbers);
      }),
    );
  });
});
