import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errand as errandIn } from "../../support/errand.ts";
import { jobText, project } from "../../support/project.ts";

const folder = project({
  "sweep.ts": jobText(),
  "errand.config.ts": "export default { environments: { test: {} } };",
  "taken/mine": "",
});
const errand = (...words: readonly string[]) => errandIn(words, { cwd: folder });

describe("a command for projects", () => {
  it.each<[string, string[], RegExp]>([
    ["no name", ["new"], /A new job needs a name/],
    ["a name that no job can have", ["new", "Sweep_Up"], /"Sweep_Up" is not a valid job name/],
    [
      "a template that is not there",
      ["new", "x", "--template", "nope"],
      /'nope' is invalid\. Allowed choices are inventory/,
    ],
    [
      "a CI service that is not there",
      ["new", "x", "--ci", "jenkins"],
      /'jenkins' is invalid\. Allowed choices are github/,
    ],
    [
      "a shell that is not there",
      ["completion", "tcsh"],
      /'tcsh' is invalid for argument 'shell'\. Allowed choices are bash, zsh, fish/,
    ],
    ["no shell", ["completion"], /missing required argument 'shell'/],
    ["no file to build", ["build"], /missing required argument 'file'/],
    ["a file that is not there", ["build", "nope.ts"], /Job file nope\.ts does not exist/],
    ["a folder of somebody else", ["build", "sweep.ts", "--output-dir", "taken"], /taken contains mine/],
    ["a folder of somebody else", ["render", "sweep.ts", "--output-dir", "taken"], /taken contains mine/],
    ["a chart without a folder", ["render", "sweep.ts", "--helm"], /'--helm' requires '--output-dir'/],
    [
      "a chart with a namespace",
      ["render", "sweep.ts", "--helm", "--output-dir", "chart", "-n", "ops"],
      /--helm.*cannot be used with option .-n/,
    ],
    ["an unknown format", ["render", "sweep.ts", "-o", "table"], /'table' is invalid\. Allowed choices are yaml, json/],
    ["an environment that is not there", ["render", "sweep.ts", "--env", "tset"], /has no such environment/],
    ["an environment that is not there", ["check", "sweep.ts", "--env", "tset"], /has no such environment/],
    ["an environment that is not there", ["ps", "--env", "tset"], /has no such environment/],
    [
      "an empty image",
      ["render", "sweep.ts", "--image", ""],
      /'--image <image>' argument '' is invalid\. Must not be empty/,
    ],
    [
      "an empty image",
      ["build", "sweep.ts", "--image", " "],
      /'--image <image>' argument ' ' is invalid\. Must not be empty/,
    ],
    [
      "an empty image",
      ["render", "sweep.ts", "--bundled-image", ""],
      /'--bundled-image <image>' argument '' is invalid/,
    ],
  ])("answers in two lines, exits with 2, and writes nothing, for %s: errand %s", async (_case, args, message) => {
    const before = readdirSync(folder, { recursive: true });
    const { code, stdout, stderr } = await errand(...args);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  });

  it.each(["new", "build", "render", "check", "completion"])(
    "has examples in its help when it is %s",
    async (command) => {
      const { code, stdout } = await errand(command, "--help");
      expect(code).toBe(0);
      expect(stdout).toMatch(/\nExamples:\n {2}.*errand /);
    },
  );

  it("prints only what it wrote on stdout with -o json", async () => {
    const { code, stdout } = await errand("build", "sweep.ts", "--output-dir", "image", "-o", "json");
    expect(code).toBe(0);
    const built = JSON.parse(stdout) as { revision: string; files: string[] };
    for (const file of built.files) expect(existsSync(join(folder, "image", file))).toBe(true);
    rmSync(join(folder, "image"), { recursive: true });
  });
});
