import { expect, test } from "vitest";
import { tokenFile } from "../../../../runtime/kube/config/token-file.ts";

function setUp(read: () => Promise<string>) {
  const clock = { now: 0 };
  const warnings: string[] = [];
  const source = tokenFile("first", { read, now: () => clock.now, onWarning: (text) => warnings.push(text) });
  return { clock, warnings, source };
}

test("tokenFile reads an old token once for a hundred requests [B1]", async () => {
  let reads = 0;
  const { clock, source } = setUp(async () => `token-${++reads}`);
  clock.now = 51_000;
  const tokens = await Promise.all(Array.from({ length: 100 }, () => source.get()));
  expect(new Set(tokens)).toEqual(new Set(["token-1"]));
  expect(reads).toBe(1);
});

test("tokenFile keeps a fresh token without reading [B1]", async () => {
  let reads = 0;
  const { clock, source } = setUp(async () => `token-${++reads}`);
  clock.now = 49_000;
  expect(await source.get()).toBe("first");
  expect(reads).toBe(0);
});

test("tokenFile reads at once to refresh [B3]", async () => {
  const { source } = setUp(async () => "second\n");
  expect(await source.get({ refresh: true })).toBe("second");
});

test.each([
  ["fails", () => Promise.reject(new Error("ENOENT"))],
  ["is empty", () => Promise.resolve("\n")],
])("tokenFile keeps the last token and warns if reading %s [B2]", async (_what, read) => {
  const { clock, source, warnings } = setUp(read);
  clock.now = 60_000;
  expect(await source.get()).toBe("first");
  expect(warnings).toEqual([expect.stringContaining("could not re-read")]);
});
