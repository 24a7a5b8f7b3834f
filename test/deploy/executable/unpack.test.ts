import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { type CarriedFiles, cacheFolder, unpack } from "../../../deploy/executable/unpack.ts";
import { project } from "../../support/project.ts";

const PROGRAM = "a/bin/program";
const files: CarriedFiles = {
  name: "1.0.0-abc",
  contents: new Map([
    [PROGRAM, Buffer.from("#!/bin/sh\n")],
    ["a/empty.js", Buffer.from("")],
    ["a/index.js", Buffer.from("export default 1;\n")],
    ["top.json", Buffer.from("{}")],
  ]),
  programs: new Set([PROGRAM]),
};

let above: string;
let cache: string;
let folder: string;

beforeEach(() => {
  above = project();
  cache = join(above, "errand");
  folder = join(cache, files.name);
});
/** Every file with its text, and what is no file with what it is. */
function contentsOf(place: string): Record<string, string> {
  const entries = readdirSync(place, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(place.length + 1), entry.isFile() ? readFileSync(path, "utf8") : "no file"];
    }),
  );
}

const right = Object.fromEntries([...files.contents].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]));

describe("unpack", () => {
  it("writes every file, for this user alone, when the cache is empty", () => {
    expect(unpack(files, cache)).toBe(folder);
    expect(contentsOf(folder)).toEqual(right);
    expect(readdirSync(cache)).toEqual([files.name]);
    const modes = [cache, folder, join(folder, "a"), join(folder, PROGRAM), join(folder, "top.json")].map((path) =>
      (statSync(path).mode & 0o777).toString(8),
    );
    expect(modes).toEqual(["700", "700", "700", "700", "600"]);
  });

  it("writes nothing when everything is there", () => {
    unpack(files, cache);
    const before = statSync(join(folder, "top.json")).ino;
    unpack(files, cache);
    expect(statSync(join(folder, "top.json")).ino).toBe(before);
  });

  it.each<[string, (folder: string) => void]>([
    ["a file is altered", (at) => writeFileSync(join(at, "a/index.js"), "export default 2;\n")],
    ["a file is cut short", (at) => writeFileSync(join(at, PROGRAM), "#!")],
    ["a file is missing", (at) => rmSync(join(at, "top.json"))],
    ["a program cannot be started", (at) => chmodSync(join(at, PROGRAM), 0o600)],
    ["a folder is missing", (at) => rmSync(join(at, "a"), { recursive: true })],
    ["a file was added", (at) => writeFileSync(join(at, "a/package.json"), "{}")],
    ["a folder was added", (at) => mkdirSync(join(at, "a/node_modules/b"), { recursive: true })],
    [
      "a link replaced a file",
      (at) => {
        rmSync(join(at, "top.json"));
        symlinkSync(join(at, "a/index.js"), join(at, "top.json"));
      },
    ],
    [
      "a file replaced a folder",
      (at) => {
        rmSync(join(at, "a"), { recursive: true });
        writeFileSync(join(at, "a"), "");
      },
    ],
    [
      "a folder replaced a file",
      (at) => {
        rmSync(join(at, "top.json"));
        mkdirSync(join(at, "top.json/x"), { recursive: true });
      },
    ],
    [
      "a link replaced the whole folder",
      (at) => {
        rmSync(at, { recursive: true });
        symlinkSync(tmpdir(), at);
      },
    ],
  ])("repairs the folder when %s", (_what, damage) => {
    unpack(files, cache);
    damage(folder);
    unpack(files, cache);
    expect(contentsOf(folder)).toEqual(right);
    expect(existsSync(join(folder, "a/node_modules"))).toBe(false);
    expect(readdirSync(cache)).toEqual([files.name]);
    expect((statSync(join(folder, PROGRAM)).mode & 0o777).toString(8)).toBe("700");
  });

  it("removes what a killed process left, but nothing of one that is at work", () => {
    const [old, young] = [join(cache, ".unpacking-old"), join(cache, ".unpacking-young")];
    for (const stage of [old, young]) mkdirSync(stage, { recursive: true });
    utimesSync(old, new Date(0), new Date(0));
    unpack(files, cache);
    expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
  });

  it("closes its folders to other users", () => {
    unpack(files, cache);
    for (const path of [cache, folder]) chmodSync(path, 0o777);
    unpack(files, cache);
    expect([cache, folder].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
  });

  it.skipIf(process.getuid?.() !== 0)("refuses what another user could alter when the cache is theirs", () => {
    unpack(files, cache);
    chownSync(cache, 1, 1);
    expect(() => unpack(files, cache)).toThrow(/belongs to another user/);
  });

  it("says what to do when the cache cannot be written", () => {
    writeFileSync(cache, "");
    expect(() => unpack(files, cache)).toThrow(
      expect.objectContaining({ name: "CommandError", hint: expect.stringContaining("XDG_CACHE_HOME") }),
    );
  });
});

describe("cacheFolder", () => {
  it.each([
    ["/var/cache/me", "/var/cache/me/errand"],
    // Relative paths are to be ignored, says the specification.
    ["cache", /^\/.*\/\.cache\/errand$/],
    [undefined, /^\/.*\/\.cache\/errand$/],
  ])("follows the XDG specification when XDG_CACHE_HOME is %s", (value, expected) => {
    expect(cacheFolder({ XDG_CACHE_HOME: value })).toEqual(
      typeof expected === "string" ? expected : expect.stringMatching(expected),
    );
  });
});
