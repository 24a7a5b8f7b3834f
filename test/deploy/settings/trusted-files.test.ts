import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { checkTypes } from "../../../deploy/diagnose/checks/type-check.ts";
import { loadJobFile } from "../../../deploy/project/job-file.ts";
import { loadConfigLayers } from "../../../deploy/project/load-config.ts";
import { findDistrust, findStrangersFile, type Person } from "../../../deploy/settings/trusted-files.ts";
import { project } from "../../support/project.ts";

const OTHER = 65_534;
const uid = process.geteuid?.() ?? 0;
let folder: string;
let file: string;
let ran: string;

beforeEach(() => {
  folder = project();
  file = join(folder, "errand.config.ts");
  ran = join(folder, "ran");
  writeFileSync(
    file,
    `require("node:fs").writeFileSync(${JSON.stringify(ran)}, "");\nexport default { namespace: "x" };`,
  );
  mkdirSync(join(folder, "inside"));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const person = (own: number, env: Person["env"] = {}): Person => ({ uid: own, env });
const load = () => loadConfigLayers(join(folder, "inside"), undefined);

describe("errand.config.ts from a folder above", () => {
  it.each<[string, RegExp, () => void]>([
    ["everybody can write to the file", /anybody can write to .*errand\.config\.ts$/, () => chmodSync(file, 0o666)],
    ["everybody can write to its folder", /anybody can write to .*errand-test-\w+$/, () => chmodSync(folder, 0o777)],
    ["everybody can add files to its folder", /anybody can write to/, () => chmodSync(folder, 0o1777)],
    [
      "everybody can write to its link's target",
      /anybody can write to .*real\.ts$/,
      () => {
        rmSync(file);
        writeFileSync(join(folder, "inside/real.ts"), "export default {};");
        symlinkSync("inside/real.ts", file);
        chmodSync(join(folder, "inside/real.ts"), 0o666);
      },
    ],
  ])("is not run when %s", async (_case, message, spoil) => {
    spoil();
    await expect(load()).rejects.toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.stringContaining(`ERRAND_SAFE_DIRECTORY=${folder}`),
      exitCode: 64,
    });
    expect(existsSync(ran)).toBe(false);
  });

  it.runIf(uid === 0).each([
    ["the file belongs to", () => chownSync(file, OTHER, OTHER)],
    ["its folder belongs to", () => chownSync(folder, OTHER, OTHER)],
    [
      "it is a link to a file of",
      () => {
        rmSync(file);
        writeFileSync(join(folder, "inside/real.ts"), "export default {};");
        symlinkSync("inside/real.ts", file);
        chownSync(join(folder, "inside/real.ts"), OTHER, OTHER);
      },
    ],
  ])("is not run when %s another user", async (_case, give) => {
    give();
    await expect(load()).rejects.toThrow("another user (uid 65534)");
    expect(existsSync(ran)).toBe(false);
  });

  it("is run when it is one's own, and when the variable names a folder above it", async () => {
    await expect(load()).resolves.toMatchObject([{ values: { namespace: "x" } }]);
    expect(existsSync(ran)).toBe(true);
    chmodSync(file, 0o666);
    for (const safe of [folder, tmpdir(), "*", `/nowhere:${folder}/`]) {
      vi.stubEnv("ERRAND_SAFE_DIRECTORY", safe);
      await expect(load()).resolves.toHaveLength(1);
    }
    for (const unsafe of ["", "/nowhere", `${folder}x`, join(folder, "inside")]) {
      vi.stubEnv("ERRAND_SAFE_DIRECTORY", unsafe);
      await expect(load()).rejects.toThrow("anybody can write");
    }
  });

  it("is refused to every other user when its owner is root", () => {
    expect(findDistrust(file, person(uid))).toBeUndefined();
    expect(findDistrust(file, person(uid + 1))).toMatch(/errand\.config\.ts belongs to (root|another user)/);
    expect(findDistrust(file, { uid: undefined, env: {} })).toBeUndefined();
  });

  it.runIf(uid === 0)("is run with sudo only when it belongs to the caller or to root", () => {
    const sudo = person(0, { SUDO_UID: String(OTHER) });
    expect(findDistrust(file, sudo)).toBeUndefined();
    chownSync(file, OTHER, OTHER);
    chownSync(folder, OTHER, OTHER);
    expect(findDistrust(file, sudo)).toBeUndefined();
    expect(findDistrust(file, person(0, { SUDO_UID: "65534x" }))).toBeDefined();
    expect(findDistrust(file, person(1_000, { SUDO_UID: String(OTHER) }))).toBeDefined();
  });
});

describe("what a job file imports from folders above it", () => {
  it("may belong to the person, root or the job file's owner, and nobody else", () => {
    const other = person(uid + 1);
    expect(findStrangersFile(join(folder, "inside"), [file], other)).toBeUndefined();
    if (uid !== 0) return;
    chownSync(file, OTHER, OTHER);
    expect(findStrangersFile(join(folder, "inside"), [file], other)).toBe(file);
    expect(findStrangersFile(file, [file], other)).toBeUndefined();
    const archived = join(file, "node_modules/a/index.js");
    expect(findStrangersFile(join(folder, "inside"), [archived], other)).toBe(archived);
    expect(findStrangersFile(join(folder, "inside"), [file], person(OTHER))).toBeUndefined();
  });

  it.runIf(uid === 0)("is not run when it belongs to somebody else", async () => {
    const job = join(folder, "inside/sweep.ts");
    writeFileSync(job, `import { x } from "there";\nexport default x;`);
    const there = join(folder, "node_modules/there");
    mkdirSync(there, { recursive: true });
    writeFileSync(join(there, "index.js"), `require("node:fs").writeFileSync(${JSON.stringify(ran)}, "");`);
    chownSync(join(there, "index.js"), OTHER, OTHER);
    await expect(loadJobFile(job)).rejects.toThrow(/imports .*there\/index\.js, which belongs to another user/);
    expect(existsSync(ran)).toBe(false);
  });

  it.runIf(uid === 0)("is not checked with a compiler that belongs to somebody else", async () => {
    const job = join(folder, "inside/sweep.ts");
    writeFileSync(job, "export default 1;");
    writeFileSync(join(folder, "tsconfig.json"), "{}");
    const compiler = join(folder, "node_modules/typescript");
    mkdirSync(compiler, { recursive: true });
    writeFileSync(join(compiler, "package.json"), `{ "version": "1.0.0", "bin": { "tsc": "tsc.js" } }`);
    writeFileSync(join(compiler, "tsc.js"), `require("node:fs").writeFileSync(${JSON.stringify(ran)}, "");`);
    chownSync(join(compiler, "tsc.js"), OTHER, OTHER);
    await expect(checkTypes([job])).resolves.toMatchObject([
      { state: "unchecked", reason: expect.stringMatching(/tsc\.js belongs to another user/) },
    ]);
    expect(existsSync(ran)).toBe(false);
  });
});
