import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readParamsFile } from "../../../deploy/params/read-params-file.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "errand-params-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, "params");
  writeFileSync(path, text);
  return path;
}

function input(text: string, isTTY = false): NodeJS.ReadStream {
  const stream = Object.assign(new PassThrough(), { isTTY });
  stream.end(text);
  return stream as object as NodeJS.ReadStream;
}

describe("readParamsFile", () => {
  it("reads JSON and YAML alike, and leaves dates as they are written", async () => {
    expect(await readParamsFile(file('{"most": 3, "tags": ["a"]}'))).toEqual({ most: 3, tags: ["a"] });
    expect(await readParamsFile(file("most: 3\nsince: 2026-01-01\non: yes\n"))).toEqual({
      most: 3,
      since: "2026-01-01",
      on: "yes",
    });
    expect(await readParamsFile(file("mode: 0400\nmost: 1_000\n"))).toEqual({ mode: 256, most: 1000 });
  });

  it("reads standard input when it is told to", async () => {
    expect(await readParamsFile("-", input('{"most": 3}'))).toEqual({ most: 3 });
  });

  it.each([
    ["a list", "[1]", "expected names and values, got a list"],
    ["text", "hello", 'expected names and values, got "hello"'],
    ["nothing", "", "expected names and values, got nothing"],
    ["neither JSON nor YAML", "{a: [", "it is neither JSON nor YAML"],
    ["a key twice", "a: 1\na: 2", "Map keys must be unique"],
    ["two documents", "a: 1\n---\nb: 2", "there is more than one document"],
    ["references that grow", "a: &a [1]\nb: *a", "it is neither JSON nor YAML"],
    ["more than a Job can keep", `{"a": "${"x".repeat(2 ** 20)}"}`, "it has more than 1 MiB"],
  ])("refuses %s", async (_case, text, message) => {
    await expect(readParamsFile(file(text))).rejects.toThrow(message);
  });

  it("refuses a file that is not there, and a terminal where a pipe is expected", async () => {
    await expect(readParamsFile(join(folder, "none"))).rejects.toThrow("the file cannot be read (ENOENT)");
    await expect(readParamsFile("-", input("", true))).rejects.toThrow("nothing is piped into it");
  });
});
