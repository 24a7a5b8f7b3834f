import type { Child } from "hono/jsx";
import type { Frame } from "./frame.tsx";
import { Log } from "./log.tsx";
import { Mark, Outcome } from "./marks.tsx";
import { Memory } from "./measures.tsx";
import { Aside, Mutations, Progress, Result, Timeline } from "./run-parts.tsx";
import type { RunFiles, ShownLog, ShownRun } from "./shown-run.ts";
import { Why } from "./why.tsx";
import { ago, clock, duration, mebibytes, seconds, triggerWords, wordsOf } from "./words.ts";

/** One run: what is wrong with it, or what it did. What a person may do with it is for whoever shows it to say. */
export function RunView(props: {
  readonly run: ShownRun;
  readonly log: ShownLog;
  readonly files: RunFiles;
  readonly frame: Frame;
  /** Buttons, in their order. */
  readonly actions?: Child;
}) {
  const { run, log, files, frame, actions } = props;
  const { entry, record } = run;
  const { report } = record;
  const { family } = wordsOf(entry.outcome);
  const isLive = record.phase !== "finished";
  return (
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
        <p class="buttons">
          {isLive ? <span class="live">Live, read at {seconds(frame.now, "UTC")} UTC</span> : null}
          {actions}
        </p>
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
          <Memory report={report} limitBytes={run.memoryLimitBytes} family={family} />
          <Timeline steps={run.timeline} family={family} now={frame.now} />
          {report.result === undefined ? null : <Result files={files} result={report.result} />}
          <Mutations report={report} />
          <Log log={log} url={frame.url} file={files.log} isLive={isLive} />
        </div>
        <Aside run={run} />
      </div>
    </div>
  );
}

/** `Succeeded in 41 s.`, `Ran out of memory after 48 s, on attempt 2 of 2.` */
function runSentence({ entry, record }: ShownRun): string {
  const { sentence } = wordsOf(entry.outcome);
  if (record.phase === "waiting") return `Waiting: ${record.waiting.message}.`;
  if (record.phase === "running") return `Running for ${duration(entry.durationMs)}.`;
  const dry = entry.dryRun ? "Dry run. " : "";
  if (entry.outcome === "succeeded") return `${dry}Succeeded in ${duration(entry.durationMs)}.`;
  const attempts = entry.attempts > 1 ? `, on attempt ${record.report.run.attempt} of ${entry.attempts}` : "";
  const after = entry.outcome === "neverStarted" ? "" : ` after ${duration(entry.durationMs)}`;
  return `${dry}${sentence}${after}${attempts}.`;
}

function Facts({ run, now }: { readonly run: ShownRun; readonly now: Date }) {
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
