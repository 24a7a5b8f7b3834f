import { symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { jobContainer } from "../../../deploy/manifests/job-container.ts";
import { validateLocally } from "../../../deploy/project/params.ts";
import { type PrepareFlags, prepareJob, prepareJobs } from "../../../deploy/project/prepare.ts";
import { project } from "../../support/project.ts";

const JOB = `import { defineJob } from "errand";
import { z } from "zod";
const key = z.string().refine(() => false, { error: ({ input }) => String(input) + " is bad" });
export default defineJob({ access: {}, params: z.object({ key }), secretParams: ["key"], run() {} });
`;

describe("validateLocally", () => {
  it("quotes no secret parameter, even if the schema's own message does", async () => {
    const folder = project();
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
    const file = join(folder, "signs.ts");
    writeFileSync(file, JOB);
    const failing = validateLocally(file, { param: ["key=hunter2-secret"] });
    await expect(failing).rejects.toThrow("params.key: [redacted] is bad");
  });
});

describe("the parameters of a schedule", () => {
  const start = process.cwd();
  afterEach(() => process.chdir(start));

  /** A project of one job, in which the command is called. */
  function jobProject(fields: string, config?: string): string {
    const folder = project();
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package-lock.json"), "{}");
    const imports = 'import { defineJob } from "errand";\nimport { z } from "zod";\n';
    writeFileSync(join(folder, "probe.ts"), `${imports}export default defineJob({ access: {}, run() {}, ${fields} });`);
    if (config !== undefined) writeFileSync(join(folder, "errand.config.ts"), `export default ${config};`);
    process.chdir(folder);
    return "probe.ts";
  }

  const NIGHTLY = `schedule: "0 3 * * *", secretParams: ["token"], params: z.object({
    url: z.url().describe("the page to probe"), most: z.int().default(1), token: z.string().optional() })`;
  const prepare = (file: string, flags: PrepareFlags = {}) => prepareJob(file, flags);

  it("are refused when a required one is missing, with how to set it", async () => {
    await expect(prepare(jobProject(NIGHTLY))).rejects.toMatchObject({
      message: "probe.ts: its schedule gives no value for url (the page to probe), which is required",
      hint: 'Set a default in the job file, pass -p url=VALUE, or set it in errand.config.ts: jobs: { "probe": { params: { url: … } } }',
      exitCode: 64,
    });
  });

  it("may be missing for a job without a schedule, and when they are given later", async () => {
    const file = jobProject(NIGHTLY.replace('schedule: "0 3 * * *",', ""));
    expect((await prepare(file)).settings).not.toHaveProperty("params");
    await prepare(jobProject(NIGHTLY), { mayLackParams: true });
  });

  it("come from -p and errand.config.ts, and are in the container as those of a manual run are", async () => {
    const file = jobProject(NIGHTLY, '{ jobs: { probe: { params: { url: "https://a.example/$(HOME)" } } } }');
    const job = await prepare(file, { param: ["most=3"] });
    const { env } = jobContainer({ ...job, namespace: "ops" }, []);
    expect(env.at(-1)).toEqual({ name: "ERRAND_PARAMS", value: '{"url":"https://a.example/$$(HOME)","most":3}' });
  });

  it.each([
    ['{ url: "https://a.example", moste: 2 }', 'moste: the job has no such parameter; did you mean "most"?'],
    ['{ url: "https://a.example", most: "2" }', 'most: expected integer, got "2"'],
    ['{ url: "nowhere" }', "url: Invalid URL"],
    ['{ token: "hunter2" }', "token: token is secret: whoever can read the CronJob can read"],
  ])("are refused with their place when the configuration has %s", async (params, message) => {
    const file = jobProject(NIGHTLY, `{ environments: { prod: { jobs: { probe: { params: ${params} } } } } }`);
    const failing = prepare(file, { env: "prod" });
    await expect(failing).rejects.toThrow(`errand.config.ts, environment prod: jobs.probe.params.${message}`);
    await expect(failing).rejects.not.toThrow("hunter2");
  });

  it("are refused when a secret one is required, since a CronJob cannot hold it", async () => {
    const file = jobProject(NIGHTLY.replace(".optional()", ""));
    await expect(prepare(file, { param: ["url=https://a.example"] })).rejects.toMatchObject({
      message: expect.stringMatching(/^probe\.ts: token is required and secret: /),
      hint: expect.stringContaining('declare `secrets: { token: "NAME/KEY" }` in the job file'),
    });
    await expect(prepare(file, { param: ["token=hunter2"] })).rejects.toThrow("-p token: token is secret");
  });

  it("are refused for a job that takes none, and for several jobs at once", async () => {
    const file = jobProject('schedule: "0 3 * * *"', "{ jobs: { probe: { params: { most: 1 } } } }");
    await expect(prepare(file)).rejects.toThrow(
      "errand.config.ts: jobs.probe.params.most: this job takes no parameters",
    );
    await expect(prepareJobs([file, "other.ts"], { param: ["most=1"] })).rejects.toThrow(
      "-p applies to one job, but you gave 2 files",
    );
  });

  it("cause a warning when they are set for a misspelt job name", async () => {
    const file = jobProject(NIGHTLY, '{ jobs: { prob: { params: { url: "https://a.example" } } } }');
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    onTestFinished(() => said.mockRestore());
    await expect(prepare(file)).rejects.toThrow("no value for url");
    expect(said.mock.calls.join("")).toContain('errand.config.ts: jobs.prob: . has no such job; did you mean "probe"?');
  });

  it("are the defaults of a local run that uses errand.config.ts", async () => {
    const file = jobProject(NIGHTLY, '{ jobs: { probe: { params: { url: "https://a.example", most: 2 } } } }');
    const { params } = await validateLocally(file, { param: ["most=5"] }, { flags: {} });
    expect(params).toEqual({ url: "https://a.example", most: 5 });
    await expect(validateLocally(file, { param: ["most=5"] })).rejects.toThrow(
      "invalid parameter: url (the page to probe) is required",
    );
  });
});
