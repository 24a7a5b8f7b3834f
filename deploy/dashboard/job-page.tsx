import { isRecord } from "../../runtime/job/problem.ts";
import { CommandLine } from "../../runtime/page/frame.tsx";
import { Mark } from "../../runtime/page/marks.tsx";
import { Why } from "../../runtime/page/why.tsx";
import { ago, clock, count, duration, rough } from "../../runtime/page/words.ts";
import type { JobDetail, RunPage } from "../source/run-source.ts";
import { DurationBars } from "./bars.tsx";
import { labelOf, markOf } from "./jobs-page.tsx";
import { Action, type Frame, type Lacks, Layout } from "./layout.tsx";
import { jobPath, runPath } from "./query.ts";
import { RunList } from "./runs.tsx";
import { atClock, attentionWords, scheduleWords, zone } from "./words.ts";

const OVERLAPS: Readonly<Record<string, string>> = {
  Forbid: "skip the new run",
  Allow: "both run",
  Replace: "end the old run",
};

/** One job: how it stands, its runs, its parameters. */
export function JobPage(props: {
  readonly job: JobDetail;
  readonly page: RunPage;
  readonly lacks: Lacks;
  readonly frame: Frame;
}) {
  const { job, page, lacks, frame } = props;
  const { now } = frame;
  const timeZone = zone(job.timeZone);
  const [newest] = job.active;
  const isPaused = job.state === "paused" || job.state === "suspended";
  return (
    <Layout title={job.job} tab="jobs" frame={frame} liveFrom="/events" zoneNote={`Times are ${timeZone}.`}>
      <p class="crumbs">
        <a href="/jobs">Jobs</a> / <bdi>{job.namespace}</bdi>
      </p>
      <div data-live="job">
        <div class="head">
          <div>
            <h1 class="name">
              <Mark of={markOf(job)} label={labelOf(job)} />
              <bdi>{job.job}</bdi>
            </h1>
            <p class="lead" data-status>
              {job.description === undefined ? "" : `${job.description.replace(/[.!?]?$/, ".")} `}
              {scheduleSentence(job, now)}
              {newest === undefined ? null : (
                <>
                  {" "}
                  <a href={runPath({ namespace: job.namespace, run: newest })}>{count(job.active.length, "run")} now</a>
                  .
                </>
              )}
            </p>
          </div>
          <p class="buttons">
            {job.schedule === undefined ? null : (
              <Action
                name="pause"
                lacks={lacks}
                href={`${jobPath(job)}/${isPaused ? "resume" : "pause"}`}
                word={isPaused ? "Resume…" : "Pause…"}
              />
            )}
            <Action name="trigger" lacks={lacks} href={`${jobPath(job)}/trigger`} word="Run…" isMain />
          </p>
        </div>
        {job.attention === undefined ? null : (
          <Why family="stop" mark={markOf(job)} heading={attentionWords(job, now)} explanation={job.explanation} />
        )}
        <dl class="facts">
          <Fact name="Last success">
            {job.lastSuccess === undefined
              ? "never"
              : `${clock(job.lastSuccess, now, job.timeZone)}, ${ago(job.lastSuccess, now)}`}
          </Fact>
          <Fact name="Succeeded">
            {job.ended === 0 ? "–" : `${Math.round((job.succeeded / job.ended) * 100)} % of ${count(job.ended, "run")}`}
          </Fact>
          <Fact name="Median duration">{job.medianMs === undefined ? "–" : duration(job.medianMs)}</Fact>
          <Fact name="Revision">
            <code>{job.revision}</code>
          </Fact>
          <Fact name="Timeout">{job.timeoutMs === undefined ? "–" : duration(job.timeoutMs)}</Fact>
          <Fact name="Overlap">{OVERLAPS[job.concurrency] ?? job.concurrency}</Fact>
        </dl>
        <div class="split">
          <div>
            {job.recent.length === 0 ? null : (
              <section>
                <div class="title">
                  <h2>Duration</h2>
                </div>
                <DurationBars runs={job.recent} medianMs={job.medianMs} />
              </section>
            )}
            <section>
              <div class="title">
                <h2>Runs</h2>
              </div>
              <RunList page={page} frame={frame} job={job} timeZone={timeZone} />
            </section>
          </div>
          <aside aria-label="About the job">
            <Parameters schema={job.paramsSchema} />
            {(job.foreign?.length ?? 0) === 0 ? null : (
              <section>
                <h2>Not its runs</h2>
                <p class="note">
                  {count(job.foreign?.length ?? 0, "Job")} in this namespace{" "}
                  {job.foreign?.length === 1 ? "has" : "have"} the labels of its runs, but this job does not own{" "}
                  {job.foreign?.length === 1 ? "it" : "them"}. Nothing in {job.foreign?.length === 1 ? "it" : "them"} is
                  believed.
                </p>
              </section>
            )}
            <section>
              <div class="title">
                <h2>In the terminal</h2>
              </div>
              <CommandLine id="trigger" text={`errand trigger ${job.job} -n ${job.namespace} --wait`} />
            </section>
          </aside>
        </div>
      </div>
    </Layout>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children?: unknown }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function scheduleSentence(job: JobDetail, now: Date): string {
  if (job.schedule === undefined) return "Runs only when triggered.";
  const words = scheduleWords(job.schedule);
  const when = `Runs ${words.charAt(0).toLowerCase()}${words.slice(1)} (${zone(job.timeZone)})`;
  if (job.state === "paused" || job.state === "suspended") return `${when}, but is ${job.state}.`;
  if (job.nextRun === undefined) return `${when}.`;
  return `${when}, next ${atClock(job.nextRun, now, job.timeZone)}, in ${rough(Date.parse(job.nextRun) - now.getTime())}.`;
}

/** What a job takes, from the JSON Schema that its CronJob carries. */
function Parameters({ schema }: { readonly schema: unknown }) {
  const properties = isRecord(schema) && isRecord(schema.properties) ? Object.entries(schema.properties) : [];
  const required: readonly unknown[] = isRecord(schema) && Array.isArray(schema.required) ? schema.required : [];
  return (
    <section>
      <div class="title">
        <h2>Parameters</h2>
      </div>
      {properties.length === 0 ? (
        <p class="note">None.</p>
      ) : (
        <dl class="pairs">
          {properties.map(([name, property]) => (
            <>
              <dt>
                <bdi>{name}</bdi>
              </dt>
              <dd>
                <bdi>{describeProperty(property, required.includes(name))}</bdi>
              </dd>
            </>
          ))}
        </dl>
      )}
    </section>
  );
}

function describeProperty(property: unknown, isRequired: boolean): string {
  if (!isRecord(property)) return "anything";
  const { type, enum: choices, default: standard, description } = property;
  const kind = Array.isArray(choices) ? choices.map(String).join(" or ") : typeof type === "string" ? type : "anything";
  const parts = [
    kind,
    ...(standard === undefined ? (isRequired ? ["required"] : []) : [`default ${JSON.stringify(standard)}`]),
    ...(typeof description === "string" ? [description] : []),
  ];
  return parts.join("; ");
}
