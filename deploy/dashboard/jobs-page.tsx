import { CommandLine, withQuery } from "../../runtime/page/frame.tsx";
import { Mark } from "../../runtime/page/marks.tsx";
import { ago, clock, count, duration, rough, wordsOf } from "../../runtime/page/words.ts";
import type { JobEntry, JobPage } from "../source/run-source.ts";
import { Strip } from "./bars.tsx";
import { type Frame, Layout } from "./layout.tsx";
import { jobPath, runPath } from "./query.ts";
import { attentionWords, jobsSentence, scheduleWords, zone } from "./words.ts";

/** Every job: what is wrong first, then the others. */
export function JobsPage({ page, frame }: { readonly page: JobPage; readonly frame: Frame }) {
  const { now, url, place } = frame;
  const where = place.namespace ?? "all namespaces";
  const isFiltered = url.searchParams.has("q") || url.searchParams.has("state");
  const needing = page.entries.filter(({ attention }) => attention !== undefined);
  const others = page.entries.filter(({ attention }) => attention === undefined);
  return (
    <Layout
      title="Jobs"
      tab="jobs"
      frame={frame}
      liveFrom="/events"
      zoneNote={`Times are in the zone of each job; ${clock(now.toISOString(), now, "UTC")} UTC now.`}
    >
      <h1>Jobs</h1>
      <div data-live="jobs">
        <p class="lead" data-status>
          {jobsSentence(page.counts, where)}
        </p>
        {page.counts.all === 0 && !isFiltered ? (
          <NoJobs namespace={place.namespace} />
        ) : (
          <Filters page={page} frame={frame} />
        )}
        {page.total === 0 && (isFiltered || page.counts.all > 0) ? (
          <p>
            No job matches. <a href="/jobs">Show all jobs</a>
          </p>
        ) : null}
        {page.total > 0 ? (
          <div class="list">
            <table>
              <caption class="vh">Jobs with their schedule and their last runs</caption>
              <thead>
                <tr>
                  <th scope="col">Job</th>
                  <th scope="col">Schedule</th>
                  <th scope="col">Next run</th>
                  <th scope="col">Last run</th>
                  <th scope="col">Last 30 runs, newest right</th>
                  <th scope="col" class="num wide">
                    Succeeded
                  </th>
                  <th scope="col" class="num wide">
                    Median duration
                  </th>
                </tr>
              </thead>
              <tbody>
                {needing.length > 0 ? <Group title="Needs attention" /> : null}
                {needing.map((job) => (
                  <JobRow job={job} frame={frame} />
                ))}
                {needing.length > 0 && others.length > 0 ? <Group title="Other jobs" /> : null}
                {others.map((job) => (
                  <JobRow job={job} frame={frame} />
                ))}
              </tbody>
            </table>
          </div>
        ) : null}
        <Pages page={page} url={url} noun="job" older="Next jobs" />
      </div>
    </Layout>
  );
}

function Group({ title }: { readonly title: string }) {
  return (
    <tr class="group">
      <td colspan={7}>{title}</td>
    </tr>
  );
}

function NoJobs({ namespace }: { readonly namespace: string | undefined }) {
  const flag = namespace === undefined ? "" : ` -n ${namespace}`;
  return (
    <section>
      <p>Make one, try it here, and deploy it:</p>
      <CommandLine id="new" text="npx errand new pod-report --template report" />
      <CommandLine id="try" text="npx errand run jobs/pod-report.ts --embedded" />
      <CommandLine id="put" text={`npx errand deploy jobs/pod-report.ts${flag}`} />
    </section>
  );
}

function Filters({ page, frame: { url } }: { readonly page: JobPage; readonly frame: Frame }) {
  const state = url.searchParams.get("state");
  const { counts } = page;
  const tabs = [
    { of: undefined, mark: undefined, word: "All", amount: counts.all },
    { of: "attention", mark: "overdue", word: "Needs attention", amount: counts.attention },
    { of: "running", mark: "running", word: "Running", amount: counts.running },
    { of: "paused", mark: "paused", word: "Paused", amount: counts.paused },
  ];
  return (
    <form class="filters" method="get" action="/jobs">
      <label>
        <span class="vh">Name or description</span>
        <input type="search" name="q" placeholder="Name or description" value={url.searchParams.get("q") ?? ""} />
      </label>
      {state === null ? null : <input type="hidden" name="state" value={state} />}
      <span class="tabs">
        {tabs.map(({ of, mark, word, amount }) => (
          <a href={withQuery(url, { state: of })} aria-current={(state ?? undefined) === of ? "true" : undefined}>
            {mark === undefined ? null : <Mark of={mark} />}
            {word} <span class="n">{amount}</span>
          </a>
        ))}
      </span>
    </form>
  );
}

function JobRow({ job, frame: { now, place } }: { readonly job: JobEntry; readonly frame: Frame }) {
  const last = job.recent.at(-1);
  const reason = job.attention === undefined ? undefined : attentionWords(job, now);
  const isPaused = job.state === "paused" || job.state === "suspended";
  return (
    <tr>
      <td class="full">
        <span class="jobname">
          <Mark of={markOf(job)} label={labelOf(job)} />
          <span>
            <a class="row mono" href={jobPath(job)}>
              <bdi>{job.job}</bdi>
            </a>{" "}
            {isPaused ? <span class="tag">{job.state}</span> : null}
            {place.namespace === undefined ? <span class="tag">{job.namespace}</span> : null}
            {reason === undefined ? (
              <span class="second desc">
                <bdi>{job.description ?? ""}</bdi>
              </span>
            ) : (
              <span class="why">{reason}</span>
            )}
          </span>
        </span>
      </td>
      <td class="mid">
        {job.schedule === undefined ? "Only when triggered" : scheduleWords(job.schedule)}
        {job.schedule === undefined ? null : <span class="second">{zone(job.timeZone)}</span>}
      </td>
      <td class="next">
        <NextRun job={job} now={now} />
      </td>
      <td class="last">
        {last === undefined ? (
          <span class="quiet">Never</span>
        ) : (
          <a class="row" href={runPath(last)}>
            {wordsOf(last.outcome).word}
          </a>
        )}
        {last === undefined ? null : <span class="second">{ago(last.finishedAt ?? last.startedAt, now)}</span>}
      </td>
      <td class="full strips">
        <a href={jobPath(job)} tabindex={-1}>
          <Strip runs={job.recent} overdue={job.attention === "overdue"} />
        </a>
      </td>
      <td class="num wide">
        {job.ended === 0 ? "–" : `${Math.round((job.succeeded / job.ended) * 100)} %`}
        <span class="second">{count(job.ended, "run")}</span>
      </td>
      <td class="num wide">{job.medianMs === undefined ? "–" : duration(job.medianMs)}</td>
    </tr>
  );
}

function NextRun({ job, now }: { readonly job: JobEntry; readonly now: Date }) {
  if (job.state === "paused" || job.state === "suspended") {
    return (
      <>
        {job.state === "paused" ? "Paused" : "Suspended"}
        {job.pausedSince === undefined ? null : <span class="second">{ago(job.pausedSince, now)}</span>}
      </>
    );
  }
  if (job.attention === "overdue" && job.missedRun !== undefined) {
    return (
      <>
        Overdue
        <span class="second">by {rough(now.getTime() - Date.parse(job.missedRun))}</span>
      </>
    );
  }
  if (job.nextRun === undefined) return <>–</>;
  return (
    <>
      {clock(job.nextRun, now, job.timeZone)}
      <span class="second">in {rough(Date.parse(job.nextRun) - now.getTime())}</span>
    </>
  );
}

/** The state of a job in one mark: what is wrong, what goes on, or how its newest run ended. */
export function markOf(job: JobEntry): string {
  if (job.attention === "overdue") return "overdue";
  const newest = job.recent.at(-1);
  if (newest !== undefined && job.active.includes(newest.run)) return newest.outcome;
  if (job.state === "paused" || job.state === "suspended") return "paused";
  return newest?.outcome ?? "neverStarted";
}

export function labelOf(job: JobEntry): string {
  const mark = markOf(job);
  if (mark === "overdue") return "Overdue";
  if (mark === "paused") return "Paused";
  return job.recent.length === 0 ? "No runs yet" : wordsOf(mark).word;
}

/** `1 to 50 of 672`, and where the next page is. */
export function Pages(props: {
  readonly page: {
    readonly entries: readonly unknown[];
    readonly total: number;
    readonly offset: number;
    readonly after?: string;
  };
  readonly url: URL;
  readonly noun: string;
  readonly older: string;
}) {
  const { page, url, noun, older } = props;
  if (page.total === 0) return null;
  const last = page.offset + page.entries.length;
  return (
    <p class="pages">
      <span>
        {page.offset + 1} to {last} of {count(page.total, noun)}
      </span>
      {page.offset > 0 ? <a href={withQuery(url, {})}>First page</a> : null}
      {page.after === undefined ? null : <a href={withQuery(url, { after: page.after })}>{older}</a>}
    </p>
  );
}
