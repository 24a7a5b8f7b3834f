import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { RunContext } from "../../../../runtime/run/lifecycle/job.ts";
import { finish, type Job, run, setUp, startWaiting, threeDeletes, untilAborted } from "./run-setup.ts";

describe("limits", () => {
  const limited = { limits: { delete: 2 }, run: threeDeletes as Job["run"] };

  it("stop the run before any change if the rehearsal exceeds one", async () => {
    const { options, made } = setUp(limited);
    expect(await finish(options)).toMatchObject({
      outcome: "limited",
      mutations: {},
      rehearsal: { mutations: { delete: { pods: 3 } } },
      error: { reason: "LimitExceeded", message: "delete pods: 3 with a limit of 2" },
    });
    expect(made.map(({ options: { dryRun } }) => dryRun)).toStrictEqual([true]);
  });

  it("are those at the start of the run, whatever the job changes later", async () => {
    const limits = { delete: 2 };
    const raising = async (context: RunContext) => {
      limits.delete = 9;
      await threeDeletes(context);
    };
    const { options } = setUp({ limits, rehearse: false, run: raising as Job["run"] });
    expect(await finish(options)).toMatchObject({ outcome: "limited", mutations: { delete: { pods: 2 } } });
  });

  it("stop the real run at the limit without a rehearsal", async () => {
    const { options, made } = setUp({ ...limited, rehearse: false });
    const report = await finish(options);
    expect(report).toMatchObject({ outcome: "limited", mutations: { delete: { pods: 2 } } });
    expect(report.rehearsal).toBeUndefined();
    expect(made.map(({ options: { dryRun } }) => dryRun)).toStrictEqual([false]);
  });

  it.each([
    ["throws something else", () => Promise.reject(new Error("later")), []],
    ["runs out of time", untilAborted, [600_000]],
    ["runs out of time and does not end", () => new Promise(() => {}), [600_000, 2_000]],
  ])("are the cause if the job exceeds one in the rehearsal and then %s", async (_how, react, waits) => {
    const { clock, handle } = await startWaiting(
      async (context) => {
        await threeDeletes(context);
        return react(context);
      },
      { limits: { delete: 2 } },
    );
    await vi.waitFor(() => expect(handle.report().rehearsal?.mutations).toEqual({ delete: { pods: 3 } }));
    for (const wait of waits) clock.advance(wait);
    expect(await handle.finished).toMatchObject({ outcome: "limited", mutations: {} });
  });

  it("do not hide that the run was cancelled while its rehearsal was counting on", async () => {
    const { handle } = await startWaiting(
      async (context) => {
        await threeDeletes(context);
        return untilAborted(context);
      },
      { limits: { delete: 2 } },
    );
    handle.cancel("SIGTERM");
    expect(await handle.finished).toMatchObject({ outcome: "cancelled" });
  });

  it("stop the run even if the job catches the error and returns", async () => {
    const swallow = async (context: RunContext) => {
      await threeDeletes(context).catch(() => {});
      return { deleted: "all" };
    };
    const { options, lines, made } = setUp({ ...limited, run: swallow as Job["run"] });
    expect(await finish(options)).toMatchObject({ outcome: "limited", mutations: {} });
    expect(made).toHaveLength(1);
    expect(lines.join("\n")).not.toContain("rehearsal passed");
  });

  it("allow the real run, with fresh params and progress, if the rehearsal stays below", async () => {
    const seen: unknown[] = [];
    const mutate = async (context: RunContext) => {
      const params = context.params as { names: string[] };
      seen.push({ dryRun: context.dryRun, names: [...params.names] });
      params.names.push("changed by the job");
      if (context.dryRun) context.progress("rehearsing");
      context.log.info("in run");
      return { dryRun: context.dryRun };
    };
    const params = z.object({ names: z.array(z.string()) });
    const { options, lines, made } = setUp(
      { limits: { delete: 2 }, params, run: mutate as Job["run"] },
      { params: { names: ["a"] } },
    );
    const report = await finish(options);
    expect(seen).toStrictEqual([
      { dryRun: true, names: ["a"] },
      { dryRun: false, names: ["a"] },
    ]);
    expect(report).toMatchObject({ outcome: "succeeded", result: { dryRun: false }, rehearsal: { mutations: {} } });
    expect(report.progress).toBeUndefined();
    expect(made.map(({ isClosed }) => isClosed)).toStrictEqual([true, true]);
    const inRun = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ message }) => message === "in run");
    expect(inRun.map(({ rehearsal }) => rehearsal)).toStrictEqual([true, undefined]);
  });

  it("are checked in a single pass if the run is a dry run", async () => {
    const { options, made } = setUp(limited, { facts: { dryRun: true } });
    const report = await finish(options);
    expect(report).toMatchObject({ outcome: "limited", dryRun: true, mutations: { delete: { pods: 3 } } });
    expect(made.map(({ options: { dryRun } }) => dryRun)).toStrictEqual([true]);
  });

  it("explain that nothing was changed if the job fails in its rehearsal", async () => {
    const report = await run({
      limits: { delete: 2 },
      run: () => {
        throw new Error("not found");
      },
    });
    expect(report).toMatchObject({
      outcome: "failed",
      error: { message: "not found", hint: /rehearsal, a dry run: nothing was changed/ },
    });
  });
});
