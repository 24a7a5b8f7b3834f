// What every source of runs must do, whatever is behind it. An implementation calls `holdsContract` in a test file of its own.

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endOfLog, lastGoodBefore, ofNamed } from "../../../deploy/source/lookup.ts";
import type { RunEntry, RunFilter, RunSource } from "../../../deploy/source/run-source.ts";
import { LogGone } from "../../../deploy/source/run-source.ts";
import { selectRuns } from "../../../deploy/source/select.ts";
import { CommandError, UsageError } from "../../../deploy/terminal/command-error.ts";
import { type ContractData, contractData, HOSTILE } from "./contract-data.ts";
import { type ContractSubject, holdsJobs } from "./contract-jobs.ts";

/**
 * Holds an implementation against the contract.
 *
 * @param name for the title
 * @param start fills it from Kubernetes' objects, with a clock that stands at `data.now`
 */
export function holdsContract(name: string, start: (data: ContractData) => Promise<ContractSubject>): void {
  let subject: ContractSubject;
  let source: RunSource;
  let all: RunSource;
  beforeAll(async () => {
    subject = await start(contractData());
    source = subject.sourceOf("shop");
    all = subject.sourceOf(undefined);
  });
  afterAll(() => subject[Symbol.asyncDispose]());

  /** Real runs: whether a Job that only looks like one is told at all is up to the source. */
  const namesOf = (entries: readonly RunEntry[]) =>
    entries.filter(({ outcome }) => outcome !== "foreign").map(({ run }) => run);
  const runs = async (filter: RunFilter, from = source) => namesOf((await from.runs(filter)).entries);

  holdsJobs(name, () => subject);

  describe(`runs of ${name}`, () => {
    const SWEEPS = [
      "sweep-29540000",
      "sweep-dryly",
      "sweep-again",
      "sweep-twice",
      "sweep-tie-b",
      "sweep-tie-a",
      "sweep-gone",
      "sweep-29539000",
      "sweep-29538000",
    ];

    it("are the newest first; of two that started at once the one whose name comes last", async () => {
      expect(await runs({ job: { namespace: "shop", job: "sweep" } })).toEqual(SWEEPS);
    });

    it("of a job's name alone are those of every namespace of the source", async () => {
      expect(await runs({ job: { job: "sweep" } }, all)).toEqual(
        SWEEPS.toSpliced(7, 0, "sweep-29540000", "sweep-elsewhere"),
      );
      expect(await runs({ job: { job: "sweep" } })).toEqual(SWEEPS);
    });

    it.each<[string, RunFilter, readonly string[]]>([
      ["an outcome", { outcomes: ["failed"] }, ["sweep-tie-a", "sweep-29539000"]],
      ["one of two outcomes", { outcomes: ["failed", "denied"] }, ["report-29540000", "sweep-tie-a", "sweep-29539000"]],
      ["an outcome that does not exist", { outcomes: ["splendid"] }, []],
      ["a retry", { trigger: "retry" }, ["sweep-again"]],
      ["a start by schedule", { trigger: "schedule", outcomes: ["failed"] }, ["sweep-29539000"]],
      ["who triggered it, in full", { by: "ann", hideDryRuns: true }, ["sweep-tie-b", "sweep-tie-a"]],
      ["a number", { params: [{ name: "max", value: "3" }] }, ["sweep-29540000", "sweep-dryly"]],
      ["an object", { params: [{ name: "where", value: '{"app":"web"}' }] }, ["sweep-29540000"]],
      ["one of a list", { params: [{ name: "tags", value: "b" }] }, ["sweep-again"]],
      [
        "two parameters",
        {
          params: [
            { name: "max", value: "3" },
            { name: "where", value: '{"app":"web"}' },
          ],
        },
        ["sweep-29540000"],
      ],
      ["a parameter nobody has", { params: [{ name: "nope", value: "3" }] }, []],
      ["a hostile value", { params: [{ name: "q", value: HOSTILE[0] ?? "" }] }, ["sweep-29538000"]],
      ["a hostile name", { params: [{ name: HOSTILE[0] ?? "", value: "%" }] }, ["sweep-tie-a"]],
    ])("can be narrowed to %s", async (_what, filter, expected) => {
      expect(await runs(filter)).toEqual(expected);
    });

    it("begin with the very moment of `since`", async () => {
      const [, , third] = (await source.runs({ job: { namespace: "shop", job: "sweep" } })).entries.filter(
        ({ outcome }) => outcome !== "foreign",
      );
      const at = Date.parse(third?.startedAt ?? "");
      const job = { namespace: "shop", job: "sweep" };
      expect(await runs({ job, since: new Date(at) })).toEqual(SWEEPS.slice(0, 3));
      expect(await runs({ job, since: new Date(at + 1) })).toEqual(SWEEPS.slice(0, 2));
    });

    it("hide only failures after which a real run succeeded, and only where that is asked for", async () => {
      const failed = { outcomes: ["failed", "timedOut", "denied"] };
      expect(await runs(failed)).toEqual(["report-29540000", "sweep-tie-b", "sweep-tie-a", "sweep-29539000"]);
      // Its dry run succeeded later: that recovers nothing.
      expect(await runs({ ...failed, hideRecovered: true })).toEqual(["report-29540000"]);
      // An outcome that is filtered away has happened all the same.
      expect(await runs({ outcomes: ["failed"], hideRecovered: true })).toEqual([]);
    });

    it("have outcomes counted whatever outcome is asked for", async () => {
      const job = { namespace: "shop", job: "sweep" };
      const { outcomes, total } = await source.runs({ job, outcomes: ["failed"] });
      expect(outcomes).toMatchObject({ succeeded: 6, failed: 2, timedOut: 1 });
      expect(total).toBe(2);
    });

    it("have the same order on pages as on one, with every filter", async () => {
      for (const filter of [{}, { outcomes: ["succeeded"] }, { hideRecovered: true }, { job: { job: "sweep" } }]) {
        const whole = await all.runs(filter);
        const walked: RunEntry[] = [];
        for (let after: string | undefined; ; ) {
          const page = await all.runs({ ...filter, limit: 2, ...(after === undefined ? {} : { after }) });
          expect([page.offset, page.total]).toEqual([walked.length, whole.total]);
          walked.push(...page.entries);
          after = page.after;
          if (after === undefined) break;
        }
        expect(walked).toEqual(whole.entries);
      }
    });

    it("begin at the first page where the one before is not there any more", async () => {
      const first = await runs({ limit: 2 });
      for (const after of ["nope", "shop/nope", ...HOSTILE]) expect(await runs({ limit: 2, after })).toEqual(first);
    });

    it("are none for names that nothing has", async () => {
      for (const hostile of HOSTILE) {
        expect(await runs({ job: { namespace: "shop", job: hostile } })).toEqual([]);
        expect(await runs({ job: { namespace: hostile, job: "sweep" } })).toEqual([]);
        expect(await runs({ job: { job: hostile } })).toEqual([]);
        expect(await runs({ by: hostile })).toEqual([]);
        expect(await runs({ outcomes: [hostile] })).toEqual([]);
        expect(await runs({ params: [{ name: hostile, value: hostile }] })).toEqual([]);
      }
    });

    it("are selected as by hand, whatever is combined", async () => {
      const everything = (await all.runs({})).entries;
      const filter = fc.record(
        {
          outcomes: fc.subarray(["succeeded", "failed", "denied", "timedOut", "limited"]),
          since: fc
            .integer({ min: 0, max: 60 })
            .map((hours) => new Date(contractData().now.getTime() - hours * 3_600_000)),
          trigger: fc.constantFrom("schedule" as const, "hand" as const, "retry" as const),
          by: fc.constantFrom("ann", "bob", "ann@example.com"),
          params: fc.subarray([
            { name: "max", value: "3" },
            { name: "tags", value: "a" },
          ]),
          job: fc.constantFrom({ job: "sweep" }, { job: "sweep", namespace: "other" }, { job: "report" }),
          hideRecovered: fc.boolean(),
          hideDryRuns: fc.boolean(),
          limit: fc.integer({ min: 1, max: 5 }),
        },
        { requiredKeys: [] },
      );
      await fc.assert(
        fc.asyncProperty(filter, async (chosen) => {
          const { entries, total, after } = await all.runs(chosen);
          const wanted = selectRuns(everything, chosen);
          expect({ entries, total, after }).toEqual({
            entries: wanted.entries,
            total: wanted.total,
            after: wanted.after,
          });
        }),
        { numRuns: 60 },
      );
    });
  });

  describe(`a run of ${name}`, () => {
    it("is read by its own name, and as the newest of its job", async () => {
      const run = await source.run({ namespace: "shop", run: "sweep-again" });
      expect(run).toMatchObject({
        uid: "shop/sweep-again",
        entry: { namespace: "shop", job: "sweep", run: "sweep-again", retryOf: "sweep-failed", trigger: "manual" },
        record: {
          phase: "finished",
          report: { outcome: "succeeded", result: { deleted: 7 }, mutations: { delete: { pods: 7 } } },
        },
        node: "node-1",
        memoryLimitBytes: 256 * 2 ** 20,
      });
      expect((await source.run({ namespace: "shop", job: "report" }))?.entry.run).toBe("report-dryly");
      expect((await all.run({ namespace: "other", run: "sweep-29540000" }))?.uid).toBe("other/sweep-29540000");
    });

    it("says of each attempt what it was, the last first, and why the run ended as it did", async () => {
      const twice = await source.run({ namespace: "shop", run: "sweep-twice" });
      expect(twice?.attempts.map(({ attempt }) => attempt)).toEqual([2, 1]);
      expect(twice?.explanation).toBeUndefined();
      const failed = await source.run({ namespace: "shop", run: "sweep-tie-a" });
      expect(failed?.explanation).toMatchObject({ cause: "reported" });
    });

    it("is not there under another name, in another namespace, or where no job owns it", async () => {
      for (const run of ["nope", "sweep", "sweep-forged", ...HOSTILE])
        expect(await source.run({ namespace: "shop", run })).toBeUndefined();
      expect(await all.run({ namespace: "other", run: "sweep-again" })).toBeUndefined();
      for (const job of ["nope", "quiet", ...HOSTILE])
        expect(await source.run({ namespace: "shop", job })).toBeUndefined();
    });

    it("is found by whatever name a person gives, or said to be unknown", async () => {
      const find = (name: string) => ofNamed(source, "shop", name, (which) => source.run(which));
      expect((await find("jobs/report.ts")).entry.run).toBe("report-dryly");
      await expect(find("nope")).rejects.toThrow(CommandError);
      await expect(find("nope")).rejects.toThrow(/nope/);
      await expect(find("quiet")).rejects.toThrow(/quiet/);
    });

    it("has the last good real run before it to be compared with", async () => {
      const good = async (run: string) => {
        const detail = await source.run({ namespace: "shop", run });
        return detail === undefined ? undefined : (await lastGoodBefore(source, detail))?.entry.run;
      };
      expect(await good("sweep-again")).toBe("sweep-twice");
      expect(await good("sweep-29540000")).toBe("sweep-again");
      expect(await good("report-29540000")).toBeUndefined();
    });
  });

  describe(`a log of ${name}`, () => {
    const read = async (...given: Parameters<RunSource["log"]>) => {
      const lines: string[] = [];
      for await (const line of (await source.log(...given))?.lines ?? []) lines.push(line);
      return lines;
    };
    const twice = { namespace: "shop", run: "sweep-twice" };

    it("has the lines of the last attempt, the report last", async () => {
      const lines = await read(twice);
      expect(lines.slice(0, -1)).toEqual([1, 2, 3, 4, 5].map((line) => `sweep-twice attempt 2 line ${line}`));
      expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ kind: "Report", run: { id: "sweep-twice", attempt: 2 } });
    });

    it("has the end that is asked for, and attempts before the last", async () => {
      expect((await read(twice, { tail: 2 }))[0]).toBe("sweep-twice attempt 2 line 5");
      expect((await read(twice, { attempt: 1 }))[0]).toBe("sweep-twice attempt 1 line 1");
      expect((await read(twice, { attempt: "previous" }))[0]).toBe("sweep-twice attempt 1 line 1");
      await expect(read(twice, { attempt: 3 })).rejects.toThrow(UsageError);
      await expect(read({ namespace: "shop", job: "report" }, { attempt: "previous" })).rejects.toThrow(
        /only one attempt/,
      );
    });

    it("that is not kept is said to be so, and why", async () => {
      const gone = { namespace: "shop", run: "sweep-gone" };
      await expect(source.log(gone)).rejects.toThrow(LogGone);
      expect(await endOfLog(source, gone)).toMatchObject({
        kept: false,
        why: expect.stringMatching(/sweep-gone.*\.$/),
      });
    });

    it("is undefined where there is no such run", async () => {
      for (const run of ["nope", "sweep-forged", ...HOSTILE])
        expect(await source.log({ namespace: "shop", run })).toBeUndefined();
    });
  });

  it(`changes of ${name} end with their signal`, async () => {
    const stop = new AbortController();
    stop.abort();
    for await (const _change of source.changes(stop.signal)) throw new Error("a change after the end");
  });
}
