import { describe, expect, it } from "vitest";
import { describeShares, formatBytes, sizeShares } from "../../../deploy/build/size-report.ts";

const metafile = (inputs: Record<string, number>) => ({
  inputs: {},
  outputs: {
    "main.cjs": {
      bytes: 0,
      imports: [],
      exports: [],
      inputs: Object.fromEntries(Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }])),
    },
  },
});

describe("sizeShares", () => {
  it("adds up packages, the runtime and each of the job's own files, the largest first", () => {
    const shares = sizeShares(
      metafile({
        "node_modules/undici/lib/a.js": 10,
        "node_modules/undici/lib/b.js": 20,
        "node_modules/@scope/part/index.js": 5,
        "node_modules/outer/node_modules/inner/index.js": 4,
        "runtime/main.ts": 7,
        "errand-entry:/jobs/sweep.ts": 1,
        "jobs/sweep.ts": 8,
        "jobs/types.ts": 0,
      }),
      "runtime",
    );
    expect(shares).toEqual([
      { name: "undici", bytes: 30 },
      { name: "errand", bytes: 8 },
      { name: "jobs/sweep.ts", bytes: 8 },
      { name: "@scope/part", bytes: 5 },
      { name: "inner", bytes: 4 },
    ]);
  });

  it("counts the runtime as errand when the package is installed", () => {
    const inputs = { "node_modules/errand/dist/runtime/main.js": 7, "node_modules/errand/dist/other.js": 1 };
    expect(sizeShares(metafile(inputs), "node_modules/errand/dist/runtime")).toEqual([{ name: "errand", bytes: 8 }]);
  });
});

describe("describeShares", () => {
  it("names the largest and adds up the others", () => {
    const shares = [5_000_000, 4_000, 3_000, 2_000, 1_000, 600, 400].map((bytes, index) => ({
      name: `p${index}`,
      bytes,
    }));
    expect(describeShares({ shippedBytes: 0, shares })).toBe(
      "p0 5.0 MB, p1 4 KB, p2 3 KB, p3 2 KB, p4 1 KB, others 1 KB",
    );
  });
});

describe("formatBytes", () => {
  it.each([
    [999, "999 B"],
    [1_000, "1 KB"],
    [1_500_000, "1.5 MB"],
  ])("writes %d as %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});
