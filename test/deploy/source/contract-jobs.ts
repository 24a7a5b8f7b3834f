import { describe, expect, it } from "vitest";
import type { RunSource } from "../../../deploy/source/run-source.ts";
import { HOSTILE } from "./contract-data.ts";

/** An implementation that has been filled. */
export interface ContractSubject extends AsyncDisposable {
  /** @param namespace undefined: all */
  readonly sourceOf: (namespace: string | undefined) => RunSource;
}

/** The part of the contract about jobs. @param subject once it is filled */
export function holdsJobs(name: string, subject: () => ContractSubject): void {
  const shop = () => subject().sourceOf("shop");
  const everywhere = () => subject().sourceOf(undefined);

  describe(`jobs of ${name}`, () => {
    it("are those of its place, each once, with what needs attention first", async () => {
      const { entries, total, counts } = await shop().jobs({});
      expect(entries.map(({ job }) => job)).toEqual(["report", "quiet", "sweep"]);
      expect(total).toBe(3);
      expect(counts).toEqual({ all: 3, attention: 1, running: 0, paused: 1 });
      expect(
        (await everywhere().jobs({})).entries.map(({ namespace, job }) => `${namespace}/${job}`).toSorted(),
      ).toEqual(["other/sweep", "shop/quiet", "shop/report", "shop/sweep"]);
    });

    it("are found by a part of their name or description in any case, and by nothing that only looks like a pattern", async () => {
      const found = async (search: string) => (await shop().jobs({ search })).entries.map(({ job }) => job);
      expect(await found("WEE")).toEqual(["sweep"]);
      expect(await found("deletes WHAT")).toEqual(["sweep"]);
      expect(await found("0%_d")).toEqual(["report"]);
      expect(await found("%")).toEqual(["report"]);
      expect(await found("s_eep")).toEqual([]);
      for (const hostile of HOSTILE.filter((each) => each !== "%" && each !== "_"))
        expect(await found(hostile)).toEqual([]);
    });

    it("have the same order on pages as on one", async () => {
      const walked: string[] = [];
      for (let after: string | undefined; ; ) {
        const page = await shop().jobs({ limit: 1, ...(after === undefined ? {} : { after }) });
        expect([page.offset, page.total]).toEqual([walked.length, 3]);
        walked.push(...page.entries.map(({ job }) => job));
        after = page.after;
        if (after === undefined) break;
      }
      expect(walked).toEqual((await shop().jobs({})).entries.map(({ job }) => job));
      const filtered = await shop().jobs({ state: "paused" });
      expect([filtered.entries.map(({ job }) => job), filtered.total, filtered.counts.all]).toEqual([["quiet"], 1, 3]);
    });

    it("count no dry run", async () => {
      const report = await shop().job({ namespace: "shop", job: "report" });
      expect(report).toMatchObject({ failuresInARow: 1, ended: 1, succeeded: 0, attention: "failing" });
      expect(report?.lastSuccess).toBeUndefined();
      expect(report?.recent.map(({ run }) => run)).toEqual(["report-29540000"]);
      expect(report?.lastRun?.run).toBe("report-dryly");
      expect(report?.lastRealRun?.run).toBe("report-29540000");
      expect(report?.newest?.report.run.id).toBe("report-dryly");
    });

    it("are undefined where there is none of that name", async () => {
      for (const job of ["nope", ...HOSTILE]) expect(await shop().job({ namespace: "shop", job })).toBeUndefined();
      expect(await everywhere().job({ namespace: "nowhere", job: "sweep" })).toBeUndefined();
    });
  });
}
