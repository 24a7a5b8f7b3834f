import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { DEFAULT_IMAGE } from "../../deploy/settings/image.ts";
import { errand as errandIn, startErrand } from "../support/errand.ts";
import { kubeconfig } from "../support/kubeconfig.ts";
import { jobText, project, writeFiles } from "../support/project.ts";

const folder = project({
  "sweep.ts": jobText(
    `description: "Sweeps", schedule: "*/5 * * * *", access: { pods: ["list", "delete"] }, timeout: "6m", run() {}`,
  ),
});

const errand = (words: readonly string[]) => errandIn(words, { cwd: folder });
/** In a process of its own. */
const errandProcess = (words: readonly string[], node: readonly string[] = []) =>
  startErrand(words, { cwd: folder, node }).ended;

describe("errand", () => {
  it("lists its commands on stdout with --help", async () => {
    const { code, stdout, stderr } = await errandProcess(["--help"]);
    expect(code).toBe(0);
    expect(stderr).toBe("");
    for (const command of ["check", "render", "deploy", "run", "trigger", "result", "logs"])
      expect(stdout).toContain(command);
  });

  it.each([
    [["help", "logs"], /^Usage: errand logs\|tail /],
    [["version"], /^\d+\.\d+\.\d+\n$/],
    [["ls", "--help"], /^Usage: errand ps\|list /],
    [["rm", "--help"], /^Usage: errand remove\|rm /],
  ])("accepts the command names of other tools: errand %j", async (words, expected) => {
    const { code, stdout } = await errand(words);
    expect(stdout).toMatch(expected);
    expect(code).toBe(0);
  });

  it("names the help of the aliased command after wrong usage", async () => {
    const { code, stderr } = await errand(["stop", "a", "b"]);
    expect(stderr).toMatch(/too many arguments.*\nSee errand cancel --help\.\n$/);
    expect(code).toBe(2);
  });

  it("names the required version in two lines if Node is too old", async () => {
    const old = `data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.19.1"})`;
    const { code, stdout, stderr } = await errandProcess(["check", "sweep.ts"], ["--import", old]);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^errand needs Node\.js 24 or newer, and this is 20\.19\.1 .*\n.*nodejs\.org.*\n$/);
    // By number: not every registry has the tag `lts`.
    expect(stderr).toContain(`node@${/\d+/.exec(DEFAULT_IMAGE)?.[0]}\``);
  });

  it.each<[string, string[], RegExp]>([
    ["no command", [], /which command\?/],
    ["an unknown command", ["chekc"], /unknown command 'chekc' \(Did you mean check\?\)/],
    ["an unknown flag", ["deploy", "--imgae", "x"], /unknown option '--imgae' \(Did you mean --image\?\)/],
    ["a missing argument", ["deploy"], /missing required argument 'file'\nSee errand deploy --help\.$/m],
    ["an argument too many", ["build", "a.ts", "b.ts"], /too many arguments/],
    [
      "an unknown format",
      ["check", "sweep.ts", "-o", "xml"],
      /'xml' is invalid\. Allowed choices are table, json, yaml/,
    ],
    ["a timeout without a unit", ["trigger", "sweep", "--timeout", "5"], /"5" is not a duration/],
    ["a parameter without a value", ["run", "sweep.ts", "--param", "olderThan"], /expected key=value/],
    [
      "flags that exclude each other",
      ["run", "sweep.ts", "--embedded", "--timeout", "5s"],
      /'--embedded' cannot be used with option '--timeout/,
    ],
    [
      "the job's rights where they always are",
      ["run", "sweep.ts", "--embedded", "--as-job"],
      /'--embedded' cannot be used with option '--as-job'/,
    ],
    ["a missing file", ["render", "nope.ts"], /Job file nope\.ts does not exist/],
  ])("prints two lines and exits with 2 for %s", async (_case, args, message) => {
    const { code, stdout, stderr } = await errand(args);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
    expect(stderr).not.toMatch(/ {4}at /);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it.each<[string, string[], object]>([
    ["an unknown command", ["chekc", "-o", "json"], { reason: "Usage", exitCode: 2 }],
    ["an unknown flag", ["deploy", "--imgae", "x", "--output=json"], { reason: "Usage", exitCode: 2 }],
    ["a missing file", ["check", "nope.ts", "-ojson"], { reason: "Usage", exitCode: 2 }],
    ["no cluster", ["ps", "-o", "json"], { reason: "Unreachable", exitCode: 69 }],
  ])("prints its error as one line of JSON with -o json for %s", async (_case, args, expected) => {
    const { code, stdout, stderr } = await errand(args);
    const error = JSON.parse(stderr) as { exitCode: number };
    expect(error).toEqual({ message: expect.any(String), hint: expect.any(String), ...expected });
    expect(stderr.split("\n")).toHaveLength(2);
    expect({ code, stdout }).toEqual({ code: error.exitCode, stdout: "" });
  });

  it.each([
    ["deploy", "sweep.ts"],
    ["trigger", "sweep"],
    ["run", "sweep.ts"],
    ["result", "sweep"],
    ["diff", "sweep.ts"],
    ["remove", "sweep", "--yes"],
    ["logs", "sweep"],
  ])("prints two lines and exits with 69 if %s has no kubeconfig", async (...args) => {
    const { code, stdout, stderr } = await errand(args);
    expect(stderr).toMatch(/^error: No kubeconfig: there is no .*\/\.kube\/config\n.*--kubeconfig.*\n$/);
    expect({ code, stdout }).toEqual({ code: 69, stdout: "" });
  });

  it("reports that the API server does not answer", async () => {
    writeFiles(folder, { down: kubeconfig() });
    const { code, stdout, stderr } = await errand(["result", "sweep", "--kubeconfig", "down"]);
    expect(stderr).toMatch(/^error: The API server cannot be reached: .*\n.*\n$/);
    expect({ code, stdout }).toEqual({ code: 69, stdout: "" });
  });
});

describe("errand check", () => {
  it("describes the job, and warns of an overlap", async () => {
    const { code, stdout, stderr } = await errand(["check", "sweep.ts"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^job {8}sweep: Sweeps$/m);
    expect(stdout).toMatch(/^schedule {3}Every 5 minutes \(\*\/5 \* \* \* \*, Etc\/UTC\)$/m);
    expect(stdout).toMatch(/^may {8}list, delete pods$/m);
    expect(stderr).toContain("a run may take 6m, longer than the 5m between two runs: then a due run is skipped");
  });

  it("warns about a time zone without a schedule, and checks the job anyway", async () => {
    writeFiles(folder, { "zoned.ts": jobText('description: "D", timeZone: "Europe/Berlin", access: {}, run() {}') });
    const { code, stdout } = await errand(["check", "zoned.ts", "-o", "json"]);
    expect({ code, warnings: JSON.parse(stdout).warnings }).toEqual({
      code: 0,
      warnings: [expect.stringMatching(/^timeZone: Europe\/Berlin has no effect without a schedule,/)],
    });
  });

  it("warns about access that no client method uses", async () => {
    const access = `{ "pods/ephemeralcontainers": ["patch", "update"], "namespaces/finalize": ["update"], "pods/resize": ["get"] }`;
    const fields = `description: "D", scope: "cluster", access: ${access}, run() {}`;
    writeFiles(folder, { "unused.ts": jobText(fields) });
    const { code, stdout } = await errand(["check", "unused.ts", "-o", "json"]);
    expect({ code, warnings: JSON.parse(stdout).warnings }).toEqual({
      code: 0,
      warnings: [
        "access.pods/ephemeralcontainers: no method of the client uses it: update",
        "access.pods/resize: no method of the client uses it: get",
      ],
    });
  });

  it("prints nothing but JSON on stdout with -o json", async () => {
    const { stdout } = await errand(["check", "sweep.ts", "-o", "json"]);
    const checked = JSON.parse(stdout) as { job: string; nextRuns: string[] };
    expect(checked).toMatchObject({
      job: "sweep",
      schedule: { words: "Every 5 minutes" },
      access: ["list, delete pods"],
    });
    expect(checked.nextRuns).toHaveLength(5);
  });

  it("checks the other files and exits with 64 if one of several is invalid", async () => {
    writeFiles(folder, { "wrong.ts": jobText('access: { podz: ["list"] }, run() {}') });
    const { code, stdout, stderr } = await errand(["check", "wrong.ts", "sweep.ts"]);
    expect(code).toBe(64);
    expect(stdout).toContain("sweep: Sweeps");
    expect(stderr).toContain('wrong.ts: access.podz: unknown resource; did you mean "pods"?');
  });
});

describe("errand render", () => {
  it("prints the same YAML each time, with the whole bundle, without a cluster", async () => {
    const args = ["render", "sweep.ts", "-n", "ops", "--image", "node:24-slim"];
    const [first, second] = await Promise.all([errandProcess(args), errandProcess(args)]);
    expect(first).toEqual({ code: 0, stderr: expect.any(String), stdout: second?.stdout });
    const manifests = parseAllDocuments(first?.stdout ?? "").map(
      (document) => document.toJS() as Record<string, unknown>,
    );
    expect(manifests.map(({ kind }) => kind)).toEqual([
      "ServiceAccount",
      "Role",
      "RoleBinding",
      "ConfigMap",
      "CronJob",
    ]);
    expect(manifests[3]).toMatchObject({
      immutable: true,
      binaryData: { "main.cjs.zst": expect.stringMatching(/^[\w+/]+=*$/) },
    });
    expect(JSON.stringify(manifests[4])).toContain('"image":"node:24-slim"');
    expect(first?.stdout).not.toContain(folder);
  });

  it("prints nothing but manifests on stdout even if the job file prints while it loads", async () => {
    const noisy = jobText('description: "Noisy", access: {}, run() {}');
    writeFiles(folder, { "noisy.ts": `console.log("noise");\n${noisy}` });
    const { code, stdout, stderr } = await errandProcess(["render", "noisy.ts", "-n", "ops", "-o", "json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ kind: "List" });
    expect(stderr).toContain("noise");
  });
});

describe("errand run", () => {
  it("prints nothing but the report on stdout, and no secret on stderr, even if the job prints", async () => {
    writeFiles(folder, { unused: kubeconfig() });
    const prints = `import { defineJob } from "errand";
      import { z } from "${import.meta.resolve("zod").replace("file://", "")}";
      export default defineJob({ description: "Prints", params: z.object({ key: z.string() }), secretParams: ["key"], access: {},
        run({ params }) { console.log("printed", params.key); process.stdout.write("raw"); return 1; } });`;
    writeFiles(folder, { "prints.ts": prints });
    const { code, stdout, stderr } = await errandProcess([
      "run",
      "prints.ts",
      "--kubeconfig",
      "unused",
      "-p",
      "key=letmein",
      "-o",
      "json",
    ]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ outcome: "succeeded", result: 1 });
    expect(stderr).toContain("printed [redacted]");
    expect(stderr).not.toContain("letmein");
  });
});
