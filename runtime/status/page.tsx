import type { Child } from "hono/jsx";
import { contentSecurityPolicy, Page } from "../page/frame.tsx";
import { RunView } from "../page/run-view.tsx";
import type { ShownRun } from "../page/shown-run.ts";
import { STYLE } from "../page/style.ts";
import { Value } from "../page/values.tsx";
import { wordsOf } from "../page/words.ts";
import type { Report } from "../run/report/report.ts";
import type { Html, StatusSource } from "./source.ts";

/** The page of this very run: the one that the dashboard shows, as far as a pod knows itself. */
export function runPage(source: StatusSource, url: URL): Html {
  const report = source.report();
  const run = shownRun(report, source.memoryLimitBytes());
  const files = { log: "/logs", result: { json: "/result?format=json" } };
  const log = { kept: true, lines: source.log.from(1).lines } as const;
  return pageOf(
    report,
    url,
    <RunView run={run} log={log} files={files} frame={{ now: new Date(), url }} />,
    report.outcome === "running" ? "/events?last=page" : undefined,
  );
}

/** The result as a table, pairs or JSON. */
export function resultPage(source: StatusSource, url: URL): Html {
  const report = source.report();
  return pageOf(
    report,
    url,
    <>
      <p class="crumbs">
        <a href="/">Run</a>
      </p>
      <h1>Result</h1>
      <section>
        <Value value={report.result} name="Result" />
      </section>
    </>,
  );
}

function pageOf(report: Report, url: URL, content: Child, liveFrom?: string): Html {
  const header = (
    <>
      <a class="word" href="/">
        errand
      </a>
      <div class="place">
        <span class="from">In the pod</span>
        <bdi>
          {report.namespace} / <b>{report.job}</b>
        </bdi>
      </div>
    </>
  );
  const page = (
    <Page
      title={report.run.id}
      frame={{ now: new Date(), url }}
      style={STYLE}
      header={header}
      liveFrom={liveFrom}
      zoneNote="Times are UTC."
    >
      {content}
    </Page>
  );
  return { text: `<!doctype html>${String(page)}`, policy: contentSecurityPolicy(STYLE) };
}

function shownRun(report: Report, memoryLimitBytes: number | undefined): ShownRun {
  const { job, namespace, revision, run, outcome, dryRun, startedAt, finishedAt, error } = report;
  const isLive = outcome === "running";
  const durationMs = (finishedAt === undefined ? Date.now() : Date.parse(finishedAt)) - Date.parse(startedAt);
  const { id, attempt, trigger, triggeredBy } = run;
  const what = report.rehearsal === undefined ? "The job" : "Rehearsal, then the job";
  const begun = { step: "Run", at: startedAt, what: isLive ? "In progress" : what };
  return {
    entry: {
      namespace,
      job,
      run: id,
      outcome,
      dryRun,
      trigger,
      ...(triggeredBy === undefined ? {} : { triggeredBy }),
      startedAt,
      durationMs,
      attempts: attempt,
      revision,
      ...(error === undefined ? {} : { message: error.message }),
    },
    record: { report, phase: isLive ? "running" : "finished" },
    timeline: isLive
      ? [begun]
      : [
          { ...begun, tookMs: durationMs },
          { step: "End", at: finishedAt ?? startedAt, what: wordsOf(outcome).sentence },
        ],
    attempts: [],
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
    ...(error?.hint === undefined ? {} : { explanation: { what: error.message, evidence: [], next: error.hint } }),
  };
}
