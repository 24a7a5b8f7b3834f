import { RunView } from "../../runtime/page/run-view.tsx";
import type { RunDetail, RunLog } from "../source/run-source.ts";
import { Action, type Frame, type Lacks, Layout } from "./layout.tsx";
import { jobPath, runPath } from "./query.ts";

/** A run, and what a person may do with it. */
export function RunPage(props: {
  readonly run: RunDetail;
  readonly log: RunLog;
  readonly lacks: Lacks;
  readonly frame: Frame;
}) {
  const { run, log, lacks, frame } = props;
  const { entry, record } = run;
  const base = runPath(entry);
  const isLive = record.phase !== "finished";
  const result = { json: `${base}/result.json`, csv: `${base}/result.csv`, markdown: `${base}/result.md` };
  const actions = isLive ? (
    <Action name="cancel" lacks={lacks} href={`${base}/cancel`} word="Cancel run…" />
  ) : (
    <>
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
    </>
  );
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
      <RunView run={run} log={log} files={{ log: `${base}/log.txt`, result }} frame={frame} actions={actions} />
    </Layout>
  );
}
