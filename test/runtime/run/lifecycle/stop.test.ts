import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Http } from "../../../../runtime/http/http.ts";
import { Run } from "../../../../runtime/run/lifecycle/run.ts";
import { manualClock } from "../output/manual-clock.ts";
import { finish, run, setUp, startWaiting, threeDeletes, untilAborted } from "./run-setup.ts";

type Started = Awaited<ReturnType<typeof startWaiting>>;

describe("the deadline", () => {
  it("aborts the signal with its reason and reports timedOut", async () => {
    const { clock, handle, context } = await startWaiting(untilAborted, { timeout: "5m" });
    clock.advance(299_999);
    expect(context.signal.aborted).toBe(false);
    clock.advance(1);
    expect(context.signal.reason).toMatchObject({ message: "the run took longer than its timeout of 5m" });
    expect(await handle.finished).toMatchObject({
      outcome: "timedOut",
      error: { reason: "TimedOut", message: "the run took longer than its timeout of 5m", hint: /Raise `timeout`/ },
    });
    expect(clock.pending).toBe(0);
  });

  it("is ten minutes by default", async () => {
    const { clock, handle, context } = await startWaiting(untilAborted);
    clock.advance(600_000);
    expect(context.signal.aborted).toBe(true);
    await handle.finished;
  });

  it("ends the run two seconds later if the job ignores its signal", async () => {
    const { clock, handle } = await startWaiting(() => new Promise(() => {}));
    clock.advance(601_999);
    expect(handle.report().outcome).toBe("running");
    clock.advance(1);
    expect(await handle.finished).toMatchObject({
      outcome: "timedOut",
      error: { message: "the run took longer than its timeout of 10m; the job did not end within 2s of its signal" },
    });
  });

  it("reports what the job threw, unless it is the signal's reason", async () => {
    const { clock, handle } = await startWaiting(async (context) => {
      await untilAborted(context).catch(() => {});
      throw new Error("503 for the ninth time");
    });
    clock.advance(600_000);
    expect((await handle.finished).error?.message).toBe(
      "the run took longer than its timeout of 10m; then: 503 for the ninth time",
    );
  });

  it("applies to rehearsal and real run together", async () => {
    const rehearsed = Promise.withResolvers<void>();
    const realBegun = Promise.withResolvers<void>();
    const { clock, handle } = await startWaiting(
      async (context) => {
        if (context.dryRun) return rehearsed.promise;
        realBegun.resolve();
        return untilAborted(context);
      },
      { limits: { delete: 2 } },
    );
    clock.advance(400_000);
    rehearsed.resolve();
    await realBegun.promise;
    clock.advance(200_000);
    expect(await handle.finished).toMatchObject({ outcome: "timedOut" });
  });
});

describe("the deadline with a blocked event loop", () => {
  /** A clock whose time passes without a turn for its timers. */
  function blocking(blockedMs: number) {
    const clock = manualClock();
    let blocked = 0;
    const block = (): void => {
      blocked += blockedMs;
    };
    return { clock: { ...clock, ticks: () => clock.ticks() + blocked }, block };
  }

  it("reports timedOut, with the result, if the job returns too late", async () => {
    const { clock, block } = blocking(60_001);
    const work = () => {
      block();
      return { done: 7 };
    };
    const report = await run({ timeout: "1m", run: work }, { clock });
    expect(report).toMatchObject({ outcome: "timedOut", error: { reason: "TimedOut" }, result: { done: 7 } });
  });

  it("reports succeeded if the job returns in time", async () => {
    const { clock, block } = blocking(59_999);
    expect((await run({ timeout: "1m", run: block }, { clock })).outcome).toBe("succeeded");
  });

  it("does not start the real run if the rehearsal took all the time", async () => {
    const { clock, block } = blocking(60_001);
    const passes: boolean[] = [];
    const work = ({ dryRun }: { readonly dryRun: boolean }) => {
      passes.push(dryRun);
      block();
    };
    const report = await run({ timeout: "1m", limits: { delete: 2 }, run: work }, { clock });
    expect({ outcome: report.outcome, passes }).toEqual({ outcome: "timedOut", passes: [true] });
  });
});

describe("Run.cancel", () => {
  it("reports cancelled with the result if the job ends in its grace period", async () => {
    const { handle, clock } = await startWaiting(async (context) => {
      await untilAborted(context).catch(() => {});
      return { tidied: true };
    });
    handle.cancel("SIGTERM");
    expect(await handle.finished).toMatchObject({
      outcome: "cancelled",
      result: { tidied: true },
      error: { reason: "Cancelled", message: "the run was asked to stop (SIGTERM)" },
    });
    expect(clock.pending).toBe(0);
  });

  it("gives the job a grace period of twenty seconds", async () => {
    const { handle, clock } = await startWaiting(() => new Promise(() => {}));
    handle.cancel("SIGTERM");
    clock.advance(19_999);
    expect(handle.report().outcome).toBe("running");
    clock.advance(1);
    expect(await handle.finished).toMatchObject({ outcome: "cancelled" });
  });

  it("stays cancelled if the timeout passes meanwhile", async () => {
    const { handle, clock } = await startWaiting(() => new Promise(() => {}));
    clock.advance(595_000);
    handle.cancel("SIGTERM");
    clock.advance(20_000);
    expect(await handle.finished).toMatchObject({ outcome: "cancelled" });
  });

  it("ends the run before its job is called if it comes before the start", async () => {
    const { options, made } = setUp();
    const early = new Run(options);
    early.cancel("Ctrl-C");
    expect(await early.start()).toMatchObject({
      outcome: "cancelled",
      error: { message: "the run was asked to stop (Ctrl-C)" },
    });
    expect(made).toHaveLength(0);
  });
});

describe("Run.abandon", () => {
  it("ends the run at once with the error, and keeps the report unchanged afterwards", async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const { handle } = await startWaiting(() => promise);
    const report = handle.abandon(new Error("nobody caught this"));
    expect(report).toMatchObject({ outcome: "failed", error: { message: "nobody caught this" } });
    resolve({ late: true });
    expect(await handle.finished).toBe(report);
    expect(handle.abandon(new Error("another"))).toBe(report);
    expect(handle.report()).toBe(report);
  });

  it("ends a stopping run as stopped", async () => {
    const { handle } = await startWaiting(() => new Promise(() => {}));
    handle.cancel("SIGTERM");
    expect(handle.abandon(new Error("in its clean-up"))).toMatchObject({
      outcome: "cancelled",
      error: { message: "the run was asked to stop (SIGTERM); then: in its clean-up" },
    });
  });
});

describe("a run that ends before its job does", () => {
  const declared = { linger: "10m", http: ["hooks.example.com"] };

  it.each([
    ["abandoned", ({ handle }: Started) => void handle.abandon(new Error("nobody caught this"))],
    ["stopped and out of grace", ({ clock }: Started) => clock.advance(602_000)],
  ])("sends nothing more and does not stay if it is %s", async (_how, end) => {
    const sent: string[] = [];
    const fetch: typeof globalThis.fetch = async (url) => {
      sent.push(String(url));
      return new Response("{}");
    };
    const started = await startWaiting(() => new Promise(() => {}), declared, { fetch });
    const { handle, context, made } = started;
    await threeDeletes(context);
    expect(handle.lingerMs).toBe(600_000);
    end(started);
    expect({ aborted: context.signal.aborted, lingerMs: handle.lingerMs }).toEqual({ aborted: true, lingerMs: 0 });
    expect(made.map(({ isClosed }) => isClosed)).toEqual([true]);
    await expect(threeDeletes(context)).rejects.toThrow();
    await expect((context.http as unknown as Http)("https://hooks.example.com/")).rejects.toThrow();
    expect({ deleted: made[0]?.deleted, sent }).toEqual({ deleted: ["a", "b", "c"], sent: [] });
    expect(started.clock.pending).toBe(0);
  });

  it("does not start the real run if it is abandoned in its rehearsal", async () => {
    const { promise: rehearsed, resolve } = Promise.withResolvers<void>();
    const passes: boolean[] = [];
    const { handle, lines, made } = await startWaiting(
      async ({ dryRun }) => {
        passes.push(dryRun);
        await rehearsed;
      },
      { limits: { delete: 2 } },
    );
    const report = handle.abandon(new Error("nobody caught this"));
    resolve();
    await turn();
    expect({ outcome: report.outcome, mutations: report.mutations, passes }).toEqual({
      outcome: "failed",
      mutations: {},
      passes: [true],
    });
    expect(made).toHaveLength(1);
    expect(lines.join("\n")).not.toContain("rehearsal passed");
  });

  it("does not say that nothing was changed if it is abandoned in its real run", async () => {
    const { handle, context } = await startWaiting(() => new Promise(() => {}));
    await threeDeletes(context);
    const report = handle.abandon(new Error("nobody caught this"));
    expect(report).toMatchObject({ outcome: "failed", mutations: { delete: { pods: 3 } } });
    expect(report.error?.hint).toBeUndefined();
  });

  it("does not call its job if it is abandoned while it loads", async () => {
    const { promise: config, resolve } = Promise.withResolvers<{ server: string; namespace: string }>();
    const { options, made, clock } = setUp({}, { inputs: { config: () => config } });
    const early = new Run(options);
    void early.start();
    await turn();
    early.abandon(new Error("nobody caught this"));
    resolve({ server: "https://127.0.0.1", namespace: "team-a" });
    await turn();
    expect({ made: made.length, timers: clock.pending }).toEqual({ made: 0, timers: 0 });
  });
});

describe("the signal after the end", () => {
  it("aborts for what a job that threw left behind, which then sends nothing more", async () => {
    const { handle, context, made } = await startWaiting(() => Promise.reject(new Error("one of many failed")));
    await handle.finished;
    expect(context.signal.reason).toMatchObject({ message: "the run is over" });
    await expect(threeDeletes(context)).rejects.toThrow("the run is over");
    expect(made[0]?.deleted).toEqual([]);
  });

  it("does not abort for a job that returned", async () => {
    const { handle, context } = await startWaiting(async () => 1);
    await handle.finished;
    await turn();
    expect(context.signal.aborted).toBe(false);
  });
});

describe("progress", () => {
  it("is in the report at once, and passed to the recorder", async () => {
    let told = 0;
    const { handle, context } = await startWaiting(() => new Promise(() => {}));
    context.progress({ done: 1 });
    expect(handle.report()).toMatchObject({ outcome: "running", progress: { done: 1 } });
    handle.abandon(new Error("end"));
    await run(
      {
        run: (other) => {
          other.progress(1);
          other.progress(2);
        },
      },
      {
        onProgress: () => {
          told += 1;
        },
      },
    );
    expect(told).toBe(2);
  });

  it("is kept, with a warning, if the new value is not JSON", async () => {
    const { options, lines } = setUp({
      run: (context) => {
        context.progress({ done: 1 });
        context.progress({ done: 1n } as never);
      },
    });
    expect(await finish(options)).toMatchObject({ outcome: "succeeded", progress: { done: 1 } });
    expect(lines.join("\n")).toContain("progress.done is a BigInt");
  });
});
