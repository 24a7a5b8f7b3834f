import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cached } from "./cache.ts";

describe("cached", () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "errand-cache-"));
    vi.stubEnv("XDG_CACHE_HOME", home);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(home, { recursive: true });
  });

  const write = (text: string) => vi.fn((directory: string) => writeFile(join(directory, "file"), text));

  it("creates a directory once for concurrent callers", async () => {
    const [first, second] = [write("first"), write("second")];
    const directories = await Promise.all([cached("thing", ["a"], first), cached("thing", ["a"], second)]);
    expect(new Set(directories).size).toBe(1);
    expect(first.mock.calls.length + second.mock.calls.length).toBe(1);
    expect(await cached("thing", ["a"], write("third"))).toBe(directories[0]);
  });

  it("creates another directory for different inputs, even if only their boundary differs", async () => {
    const one = await cached("thing", ["ab", "c"], write("one"));
    const other = await cached("thing", ["a", "bc"], write("other"));
    expect(await readFile(join(one, "file"), "utf8")).toBe("one");
    expect(await readFile(join(other, "file"), "utf8")).toBe("other");
  });

  it("leaves no directory after a failure", async () => {
    const failing = async (directory: string) => {
      await writeFile(join(directory, "half"), "");
      throw new Error("the compiler stopped");
    };
    await expect(cached("thing", ["a"], failing)).rejects.toThrow("the compiler stopped");
    expect(await readdir(join(home, "errand", "cluster"))).toEqual([expect.stringMatching(/\.lock$/)]);
  });
});
