import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTerminationLog } from "../../../../runtime/run/pod/termination-log.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "errand-termination-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("openTerminationLog", () => {
  it("leaves the whole new text as JSON when it is shorter than the one before", () => {
    const path = join(folder, "log");
    writeFileSync(path, "what an attempt before has left, which may be longer than this one");
    const log = openTerminationLog(path);
    log.replace('{"progress":"a long é text"}');
    expect(JSON.parse(readFileSync(path, "utf8"))).toStrictEqual({ progress: "a long é text" });
    log.replace('{"a":1}');
    expect(JSON.parse(readFileSync(path, "utf8"))).toStrictEqual({ a: 1 });
  });

  it("leaves nothing but the last text when it is finished", () => {
    const path = join(folder, "log");
    const log = openTerminationLog(path);
    log.replace('{"progress":"long"}');
    log.replace("{}");
    log.finish();
    expect(readFileSync(path, "utf8")).toBe("{}");
  });

  it("throws when there is no such folder", () => {
    expect(() => openTerminationLog(join(folder, "none", "log"))).toThrow("ENOENT");
  });
});
