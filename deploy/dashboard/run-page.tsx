import type { RunDetail, RunLog } from "../source/run-source.ts";
import { Action, type Frame, type Lacks, Layout } from "./layout.tsx";
import { Log } from "./log.tsx";
import { Mark, Outcome } from "./marks.tsx";
import { jobPath, runPath } from "./query.ts";
import { Aside, Mutations, Progress, Result, Timeline } from "./run-parts.tsx";
import { Why } from "./why.tsx";
import { ago, clock, duration, mebibytes, seconds, triggerWords, wordsOf } from "./words.ts";

/** One run: what is wrong with it, or what it did. */
export function RunPage(props: {
  readonly run: RunDetail;
  readonly log: RunLog;
  readonly lacks: Lacks;
  readonly frame: Frame;
}) {
  const { run, log, lacks, frame } = props;
  const { entry, record } = run;
  const { report } = record;
  const { family } = wordsOf(entry.outcome);
  const isLive = record.phase !== "finished";
  return (
    <Layout
      title={entry.run}
      tab="jobs"
      frame={frame}
      {...(isLive ? { liveFrom: "/events" } : {})}
      zoneNote="Times are UTC."
    >
      <p class="crumbs">
        <a href="/jobs">Jobs</a> / <bdi>{entry.namespace}</bdi> /{" "}
        <a href={jobPath(entry)} class="mono">
          <bdi>{entry.job}</bdi>
        </a>
      </p>
      <div data-live="run">
        <div class="head">
          <div>
            <h1 class="name">
              <Mark of={entry.outcome} dryRun={entry.dryRun} label={wordsOf(entry.outcome).word} />
              <bdi>{entry.run}</bdi>
            </h1>
            <p class="lead" data-status>
              {runSentence(run)}
            </p>
          </div>
          {isLive ? null : (
            <p class="buttons">
              <a class="button" href={`/compare?b=${encodeURIComponent(`${entry.namespace}/${entry.run}`)}`}>
                Compare with last good
              </a>
              <Action
                name="trigger"
                lacks={lacks}
                href={`${jobPath(entry)}/trigger?from=${encodeURIComponent(entry.run)}`}
                word="Run again…"
                isMain
              />
            </p>
          )}
          {isLive ? (
            <p class="buttons">
              <span class="live">Live, read at {seconds(frame.now, "UTC")} UTC</span>
              <Action name="cancel" lacks={lacks} href={`${runPath(entry)}/cancel`} word="Cancel run…" />
            </p>
          ) : null}
        </div>
        {entry.outcome === "succeeded" || record.phase === "running" ? null : (
          <Why
            family={family}
            mark={entry.outcome}
            heading={entry.message ?? wordsOf(entry.outcome).sentence}
            explanation={run.explanation}
          />
        )}
        {isLive ? <Progress report={report} family={family} title="Progress" /> : null}
        <Facts run={run} now={frame.now} />
        <div class="split">
          <div>
            {!isLive && entry.outcome !== "succeeded" ? (
              <Progress report={report} family={family} title="Last progress" />
            ) : null}
            <Timeline steps={run.timeline} family={family} now={frame.now} />
            {report.result === undefined ? null : <Result run={run} result={report.result} />}
            <Mutations report={report} />
            <Log log={log} frame={frame} run={entry} isLive={isLive} />
          </div>
          <Aside run={run} />
        </div>
      </div>
    </Layout>
  );
}

/** `Succeeded in 41 s.`, `Ran out of memory after 48 s, on attempt 2 of 2.` */
export function runSentence({ entry, record }: RunDetail): string {
  const { sentence } = wordsOf(entry.outcome);
  if (record.phase === "waiting") return `Waiting: ${record.waiting.message}.`;
  if (record.phase === "running") return `Running for ${duration(entry.durationMs)}.`;
  const dry = entry.dryRun ? "Dry run. " : "";
  if (entry.outcome === "succeeded") return `${dry}Succeeded in ${duration(entry.durationMs)}.`;
  const attempts = entry.attempts > 1 ? `, on attempt ${record.report.run.attempt} of ${entry.attempts}` : "";
  const after = entry.outcome === "neverStarted" ? "" : ` after ${duration(entry.durationMs)}`;
  return `${dry}${sentence}${after}${attempts}.`;
}

function Facts({ run, now }: { readonly run: RunDetail; readonly now: Date }) {
  const { entry, record, memoryLimitBytes, node } = run;
  const peak = record.report.peakMemoryBytes;
  const facts: (readonly [string, unknown])[] = [
    ["Outcome", <Outcome run={entry} />],
    ["Started", `${clock(entry.startedAt, now, "UTC")} UTC, ${ago(entry.startedAt, now)}`],
    ["Trigger", <bdi>{triggerWords(entry)}</bdi>],
    ["Attempt", `${record.report.run.attempt} of ${Math.max(entry.attempts, record.report.run.attempt)}`],
    ["Revision", <code>{entry.revision}</code>],
    ...(peak === 0
      ? []
      : [
          [
            "Memory",
            `${mebibytes(peak)}${memoryLimitBytes === undefined ? "" : ` of ${mebibytes(memoryLimitBytes)}`} at peak`,
          ] as const,
        ]),
    ...(node === undefined ? [] : [["Node", <code>{node}</code>] as const]),
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
