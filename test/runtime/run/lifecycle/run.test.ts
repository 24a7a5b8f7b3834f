import { FatalError, type Report } from "errand";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ApiError } from "../../../../runtime/kube/errors/api-error.ts";
import { NotDeclaredError, NotInClusterError, TransportError } from "../../../../runtime/kube/errors/kube-error.ts";
import type { RunContext } from "../../../../runtime/run/lifecycle/job.ts";
import { finish, type Job, run, setUp, threeDeletes } from "./run-setup.ts";

const returnsBigInt = (): unknown => ({ bytes: 1n });
const returnsNumber = (): unknown => 5;

describe("Run", () => {
  it("reports succeeded with the result, the counts and the validated params", async () => {
    const params = z.object({ olderThan: z.string().default("1h") });
    const report = await run({ params, run: threeDeletes as Job["run"] });
    expect(report).toStrictEqual({
      apiVersion: "errand/v1",
      kind: "Report",
      job: "pod-cleanup",
      namespace: "team-a",
      revision: "abc",
      run: { id: "pod-cleanup-1", attempt: 1, trigger: "manual" },
      outcome: "succeeded",
      dryRun: false,
      startedAt: "2026-03-01T08:00:00.000Z",
      finishedAt: "2026-03-01T08:00:00.000Z",
      params: { olderThan: "1h" },
      result: { deleted: 3 },
      mutations: { delete: { pods: 3 } },
      requests: 3,
      retries: 0,
      peakMemoryBytes: 1_000,
      warnings: ["policy/v1beta1 is deprecated"],
    });
  });

  it("calls the job with the documented context", async () => {
    let seen: RunContext | undefined;
    const fields: Partial<Job> = {
      scope: "cluster",
      run: (context) => {
        seen = context as RunContext;
      },
    };
    const { options, made } = setUp(fields, { facts: { serviceAccount: "sa" } });
    await finish(options);
    expect(seen).toMatchObject({
      params: {},
      dryRun: false,
      run: options.facts.identity,
      kube: { namespace: "team-a" },
    });
    expect(seen?.signal.aborted).toBe(false);
    expect(made[0]).toMatchObject({
      isClosed: true,
      options: { scope: "cluster", serviceAccount: "sa", dryRun: false },
    });
    expect(made[0]?.options.rules).toMatchObject([{ key: "pods", resource: "pods", verbs: ["list", "delete"] }]);
  });

  it.each([
    ["an error", new TypeError("no such thing"), "failed", "TypeError", "no such thing"],
    ["FatalError", new FatalError("disk is gone"), "failed", "FatalError", "disk is gone"],
    ["a text", "just words", "failed", "Thrown", "just words"],
    ["nothing", undefined, "failed", "Thrown", "the job threw a value that is not an Error: undefined"],
    [
      "several errors without a word",
      new AggregateError([new Error("refused over IPv6"), new Error("refused over IPv4")]),
      "failed",
      "AggregateError",
      "refused over IPv6; refused over IPv4",
    ],
    ["what the guard says", new NotDeclaredError("not declared"), "denied", "NotDeclared", "not declared"],
    [
      "a 403",
      new ApiError("pods is forbidden", { code: 403, reason: "Forbidden" }),
      "denied",
      "Forbidden",
      "pods is forbidden",
    ],
    [
      "a 403 of a quota",
      new ApiError("full", { code: 403, reason: "Forbidden", serverMessage: "exceeded quota: few, used: pods=1" }),
      "failed",
      "Forbidden",
      "full",
    ],
    ["a 401", new ApiError("who?", { code: 401, reason: "Unauthorized" }), "denied", "Unauthorized", "who?"],
    ["a 404", new ApiError("none", { code: 404, reason: "NotFound" }), "failed", "NotFound", "none"],
    [
      "no answer",
      new TransportError("refused", { code: "ECONNREFUSED", sent: false, outcomeUnknown: false }),
      "unreachable",
      "Unreachable",
      "refused",
    ],
    [
      "a 403 in an error of its own",
      new Error("cannot clean", { cause: new ApiError("pods is forbidden", { code: 403, reason: "Forbidden" }) }),
      "denied",
      "Forbidden",
      "cannot clean: pods is forbidden",
    ],
    [
      "a 403 in a FatalError",
      new FatalError("give up", { cause: new ApiError("forbidden", { code: 403, reason: "Forbidden" }) }),
      "failed",
      "FatalError",
      "give up",
    ],
  ])("reports the outcome of an error: %s", async (_what, thrown, outcome, reason, message) => {
    const report = await run({
      run: () => {
        throw thrown;
      },
    });
    expect(report).toMatchObject({ outcome, error: { reason, message } });
  });

  it("shows where the job threw, but no stack for a user error", async () => {
    const failed = await run({
      run: () => {
        throw new Error("here");
      },
    });
    expect(failed.error?.stack?.split("\n")[0]).toContain("run.test.ts");
    const denied = await run({
      run: () => {
        throw new NotDeclaredError("x", { hint: "Add it to `access`." });
      },
    });
    expect(denied.error).toStrictEqual({ reason: "NotDeclared", message: "x", hint: "Add it to `access`." });
  });

  it.each([
    ["params are wrong", { params: z.object({ max: z.number() }) }, "InvalidParams", "params.max: Invalid input"],
    ["the result is not JSON", { run: returnsBigInt }, "InvalidResult", "result.bytes is a BigInt"],
    [
      "the result's schema refuses it",
      { result: z.string(), run: returnsNumber },
      "InvalidResult",
      "result: Invalid input",
    ],
    ["the timeout has no unit", { timeout: "5" }, "InvalidJob", 'timeout: "5" is not a duration'],
    ["a resource is unknown", { access: { podz: ["list"] } }, "InvalidJob", 'access: "podz" is an unknown resource'],
  ])("reports invalid if %s", async (_what, fields, reason, message) => {
    const report = await run(fields as Partial<Job>);
    expect(report).toMatchObject({ outcome: "invalid", error: { reason } });
    expect(report.error?.message).toContain(message);
  });

  it.each([undefined, null, {}, { kind: "errand/job" }, () => undefined])(
    "reports invalid if the job file exports %j",
    async (definition) => {
      expect(await run({}, { definition })).toMatchObject({
        outcome: "invalid",
        error: { message: /^export default: must default-export/ },
      });
    },
  );

  it("reports unreachable without a service account, and invalid if the params are invalid too", async () => {
    const missing = new NotInClusterError("no token", { hint: "automount is off?" });
    const inputs = { config: async () => Promise.reject(missing) };
    const start = (params: unknown): Promise<Report> => run({ params: z.object({}).strict() }, { params, inputs });
    expect(await start({})).toMatchObject({
      outcome: "unreachable",
      error: { reason: "NotInCluster", message: "no token", hint: "automount is off?" },
    });
    expect((await start({ unknown: 1 })).outcome).toBe("invalid");
  });

  it("logs a warning about parameters that the schema ignored", async () => {
    const params = { olderThan: "1h", olderthan: "2d" };
    const { options, lines } = setUp({ params: z.object({ olderThan: z.string() }) }, { params });
    await finish(options);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toContainEqual(
      expect.objectContaining({ level: "warn", params: ["olderthan"] }),
    );
  });
});
