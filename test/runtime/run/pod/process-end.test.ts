import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { FATAL_EXIT_CODE, OUTCOMES } from "../../../../runtime/run/report/outcome.ts";
import { shortenReport } from "../../../../runtime/run/report/shorten-report.ts";
import { project } from "../../../support/project.ts";
import { childRuns, type EndedRun } from "./child-run.ts";

const schema = z.fromJSONSchema(
  JSON.parse(
    readFileSync(new URL("../../../../runtime/run/report/report.schema.json", import.meta.url), "utf8"),
  ) as Parameters<typeof z.fromJSONSchema>[0],
);

const runs = childRuns(project());
afterEach(runs.stop);

/** What holds for every run that ended by itself, whatever its outcome. */
function expectWhole(run: EndedRun): void {
  expect(schema.safeParse(run.report).error).toBeUndefined();
  expect(JSON.parse(run.terminationMessage)).toStrictEqual(JSON.parse(JSON.stringify(shortenReport(run.report))));
  expect(run.terminationMessage).not.toMatch(/ $/);
}

describe("runInPod", () => {
  it.each([
    ["returns", "succeeded", 0],
    ["leavesATimer", "succeeded", 0],
    ["setsTheExitCode", "succeeded", 0],
    ["throws", "failed", OUTCOMES.failed.exitCode],
    ["throwsFatal", "failed", FATAL_EXIT_CODE],
    ["returnsABigInt", "invalid", OUTCOMES.invalid.exitCode],
    ["exits", "failed", OUTCOMES.failed.exitCode],
    ["exitsInATimer", "failed", OUTCOMES.failed.exitCode],
    ["exitsByTheKeptExit", "failed", OUTCOMES.failed.exitCode],
    ["forgetsAPromise", "failed", OUTCOMES.failed.exitCode],
    ["throwsInATimer", "failed", OUTCOMES.failed.exitCode],
    ["neverSettles", "failed", OUTCOMES.failed.exitCode],
  ])("leaves one report and exits with the code of its outcome if the job %s", async (how, outcome, code) => {
    const run = await runs.run("ends", { params: { how } });
    expect({ code: run.code, outcome: run.report.outcome, killedBy: run.killedBy }).toStrictEqual({
      code,
      outcome,
      killedBy: null,
    });
    expect(run.stderr).toBe("");
    expect({ how, error: withoutPlaces(run) }).toMatchSnapshot();
    expectWhole(run);
  });

  it("reports the error of a job file that cannot be loaded", async () => {
    const run = await runs.run("throws-at-load");
    expect(run.report).toMatchObject({ outcome: "failed", error: { message: "no configuration found" } });
    expect(run.code).toBe(OUTCOMES.failed.exitCode);
    expectWhole(run);
  });

  it("reports invalid without calling the job for invalid params and invalid JSON", async () => {
    const wrong = await runs.run("ends", { params: { how: "unheard of" } });
    expect(wrong).toMatchObject({ code: OUTCOMES.invalid.exitCode, report: { outcome: "invalid" } });
    expect(wrong.report.error?.message).toMatch(/^params\.how: Invalid option: expected one of /);
    const broken = await runs.run("ends", { env: { ERRAND_PARAMS: "{how: 'returns', password: 'hunter2'}" } });
    expect(broken).toMatchObject({ code: OUTCOMES.invalid.exitCode, report: { error: { reason: "InvalidParams" } } });
    expect(broken.stdout + broken.terminationMessage).not.toContain("hunter2");
  });

  it("writes the whole log even if its last line is larger than a pipe", async () => {
    const run = await runs.run("ends", { params: { how: "returnsMuch" } });
    expect(run.report.result).toHaveLength(300_000);
    expect(JSON.parse(run.terminationMessage)).toMatchObject({ outcome: "succeeded", dropped: ["result"] });
  });

  it("writes the report on its own line, the last, even if the job prints without line breaks or at exit", async () => {
    const printed = await runs.run("ends", { params: { how: "printsWithoutALineBreak" } });
    expect(printed.lines.slice(-3, -1)).toStrictEqual(["a whole line", "half a line"]);
    expect(printed).toMatchObject({ stderr: "to stderr", report: { outcome: "succeeded" } });
    const atExit = await runs.run("ends", { params: { how: "setsTheExitCode" } });
    expect(atExit.lines.at(-2)).toBe("from the job's exit listener");
  });

  it("redacts the secret everywhere, however the job prints it", async () => {
    const token = 'sec"ret-7f3a';
    for (const throws of [false, true]) {
      const run = await runs.run("tells-secret", { params: { token, throws } });
      const everything = run.stdout + run.stderr + run.terminationMessage;
      expect(everything).toContain("console.log [redacted]");
      expect(everything).toContain("bytes [redacted]");
      expect(everything).not.toContain("7f3a");
      expect(run.report.params).toStrictEqual({ token: "[redacted]", throws });
    }
  });

  it("is unreachable, naming what is missing, if the job calls the API without a service account", async () => {
    const env = { ERRAND_SERVICE_ACCOUNT_FOLDER: "/nowhere" };
    for (const job of ["deletes", "asks-versions"]) {
      const run = await runs.run(job, { env });
      expect(run).toMatchObject({ code: OUTCOMES.unreachable.exitCode, report: { outcome: "unreachable" } });
      expect(run.report).toMatchObject({ requests: 0, error: { reason: "NotInCluster" } });
      expect(JSON.stringify(run.report.error)).toContain("automountServiceAccountToken");
      expectWhole(run);
    }
    const withoutAccess = await runs.run("ends", { params: { how: "returns" }, env });
    expect(withoutAccess).toMatchObject({ code: 0, report: { outcome: "succeeded" } });
  });

  it("runs with a pod's file permissions, and without a termination log", async () => {
    const flags = [
      "--permission",
      "--allow-fs-read=*",
      ...(process.allowedNodeEnvironmentFlags.has("--allow-net") ? ["--allow-net"] : []),
    ];
    const run = await runs.run("ends", { params: { how: "returns" }, flags });
    expect(run).toMatchObject({ code: 0, report: { outcome: "succeeded" }, terminationMessage: "" });
    expect(run.lines[0]).toContain("the termination log");
  });
});

describe("runInPod stopped from outside", () => {
  it("reports cancelled with the result after SIGTERM", async () => {
    const child = runs.start("waits", { params: { obeys: true } });
    await child.logged("waiting");
    child.process.kill("SIGTERM");
    const run = await child.ended;
    expect(run).toMatchObject({
      code: OUTCOMES.cancelled.exitCode,
      killedBy: null,
      report: { outcome: "cancelled", result: { tidied: true }, progress: { done: 1 } },
    });
    expectWhole(run);
  });

  it("reports timedOut if the job ignores its signal", async () => {
    const run = await runs.run("ignores-timeout");
    expect(run).toMatchObject({ code: OUTCOMES.timedOut.exitCode, report: { outcome: "timedOut" } });
    expect(run.report.error?.message).toBe(
      "the run took longer than its timeout of 100ms; the job did not end within 2s of its signal",
    );
    expectWhole(run);
  });

  it("leaves its last progress in the termination log if it is killed while blocked", async () => {
    const child = runs.start("blocks");
    await expect.poll(() => child.recorded()?.progress).toBeDefined();
    child.process.kill("SIGKILL");
    const { killedBy, terminationMessage } = await child.ended;
    expect(killedBy).toBe("SIGKILL");
    const report: unknown = JSON.parse(terminationMessage);
    expect(report).toMatchObject({
      outcome: "running",
      job: "blocks",
      progress: { done: expect.any(Number) as number },
    });
    expect(schema.safeParse(report).error).toBeUndefined();
  });

  it("serves its status endpoint while it runs", async () => {
    const child = runs.start("waits", { params: { obeys: true } });
    const { port } = await child.logged("status endpoint is listening");
    await child.logged("waiting");
    const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
    expect((await ask("/healthz")).status).toBe(200);
    expect((await ask("/readyz")).status).toBe(200);
    expect(await (await ask("/status")).json()).toMatchObject({
      outcome: "running",
      progress: { done: 1 },
      job: "waits",
    });
    expect((await ask("/result")).status).toBe(404);
    child.process.kill("SIGTERM");
    await child.ended;
  });

  it("continues without a status endpoint, with a warning, if its port is in use", async () => {
    const first = runs.start("waits", { params: { obeys: true } });
    const { port } = await first.logged("status endpoint is listening");
    const second = runs.start("waits", { params: { obeys: true }, env: { ERRAND_STATUS_PORT: String(port) } });
    expect(await second.logged(`no status endpoint: could not open port ${port}`)).toMatchObject({ level: "warn" });
    for (const { process, ended } of [first, second]) {
      process.kill("SIGTERM");
      expect((await ended).report.outcome).toBe("cancelled");
    }
  });
});

/** The error with the lines of its stack as file names only: where they are is another's business. */
function withoutPlaces({ report: { error } }: EndedRun): unknown {
  if (error === undefined) return undefined;
  const place = error.stack?.split("\n")[0]?.replace(/\(?(?:file:\/\/)?\/.*\/([^/]+?):\d+:\d+\)?$/, "($1)");
  return { ...error, ...(place === undefined ? {} : { stack: place.trim() }) };
}
