import { withQuery } from "../../runtime/page/frame.tsx";
import { Mark, Outcome } from "../../runtime/page/marks.tsx";
import { changes, count, dayOf, duration, seconds, triggerWords, wordsOf } from "../../runtime/page/words.ts";
import type { JobRef, RunEntry, RunPage } from "../source/run-source.ts";
import { paramText, RUN_STATES } from "../source/select.ts";
import { Pages } from "./jobs-page.tsx";
import { type Frame, Layout } from "./layout.tsx";
import { jobPath, runPath, SINCE_CHOICES } from "./query.ts";

/** The runs of all jobs. */
export function RunsPage({ page, frame }: { readonly page: RunPage; readonly frame: Frame }) {
  const { place } = frame;
  const all = Object.values(page.outcomes).reduce((sum, amount) => sum + amount, 0);
  const failed = all - (page.outcomes.succeeded ?? 0) - (page.outcomes.running ?? 0) - (page.outcomes.waiting ?? 0);
  return (
    <Layout title="Runs" tab="runs" frame={frame} liveFrom="/events" zoneNote="Times are UTC.">
      <h1>Runs</h1>
      <div data-live="runs">
        <p class="lead" data-status>
          {count(all, "run")} in {place.namespace ?? "all namespaces"} that the cluster remembers;{" "}
          {count(failed, "run")} did not succeed.
        </p>
        <RunList page={page} frame={frame} job={undefined} timeZone="UTC" />
      </div>
    </Layout>
  );
}

/** A list of runs with its filters. @param props.job that of the page; absent: runs of all jobs, each with its job */
export function RunList(props: {
  readonly page: RunPage;
  readonly frame: Frame;
  readonly job: JobRef | undefined;
  readonly timeZone: string;
}) {
  const { page, frame, job, timeZone } = props;
  const days = Map.groupBy(page.entries, ({ startedAt }) => dayKey(startedAt, timeZone));
  return (
    <>
      <RunFilters page={page} url={frame.url} />
      {page.total === 0 ? (
        <p>
          No run matches. <a href={frame.url.pathname}>Show all runs</a>
        </p>
      ) : (
        <div class="list">
          <table>
            <caption class="vh">Runs, newest first</caption>
            <thead>
              <tr>
                <th scope="col">Outcome</th>
                <th scope="col">Run</th>
                <th scope="col">Started, {timeZone}</th>
                <th scope="col" class="num">
                  Took
                </th>
                <th scope="col" class="mid">
                  Trigger
                </th>
                <th scope="col" class="num wide">
                  Attempts
                </th>
                <th scope="col">Changed</th>
              </tr>
            </thead>
            <tbody>
              {[...days].map(([day, runs]) => (
                <>
                  <tr class="group">
                    <td colspan={7}>{day}</td>
                  </tr>
                  {runs.map((run) => (
                    <RunRow run={run} job={job} timeZone={timeZone} />
                  ))}
                </>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pages page={page} url={frame.url} noun="run" older="Older runs" />
    </>
  );
}

function dayKey(time: string, timeZone: string): string {
  const weekday = new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "long" }).format(new Date(time));
  return `${weekday}, ${dayOf(time, timeZone)}`;
}

function RunRow({
  run,
  job,
  timeZone,
}: {
  readonly run: RunEntry;
  readonly job: JobRef | undefined;
  readonly timeZone: string;
}) {
  const changed = changes(run);
  const isWrong = run.outcome !== "succeeded" && run.message !== undefined;
  const given = Object.entries(typeof run.params === "object" && run.params !== null ? run.params : {});
  return (
    <tr>
      <td>
        <Outcome run={run} />
        {isWrong ? (
          <span class="why">
            <bdi>{firstLine(run.message ?? "")}</bdi>
          </span>
        ) : null}
      </td>
      <td class="right">
        <a class="row mono" href={runPath(run)}>
          <bdi>{run.run.startsWith(`${run.job}-`) ? run.run.slice(run.job.length + 1) : run.run}</bdi>
        </a>
        {job === undefined ? (
          <span class="second">
            <a href={jobPath(run)}>
              <bdi>{run.job}</bdi>
            </a>
          </span>
        ) : null}
      </td>
      <td>{seconds(run.startedAt, timeZone)}</td>
      <td class="num">{run.outcome === "waiting" || run.outcome === "foreign" ? "–" : duration(run.durationMs)}</td>
      <td class="mid">
        <bdi>{triggerWords(run)}</bdi>
        {run.trigger !== "schedule" && given.length > 0 ? (
          <span class="second mono">
            <bdi>{given.map(([name, value]) => `${name}=${paramText(value)}`).join(" ")}</bdi>
          </span>
        ) : null}
      </td>
      <td class="num wide">{run.attempts}</td>
      <td class="full">{changed === "" ? <span class="quiet">nothing</span> : <bdi>{changed}</bdi>}</td>
    </tr>
  );
}

const MESSAGE_LENGTH_MAX = 200;

function firstLine(message: string): string {
  const [line = ""] = message.split("\n");
  return line.length > MESSAGE_LENGTH_MAX ? `${line.slice(0, MESSAGE_LENGTH_MAX)}…` : line;
}

function RunFilters({ page, url }: { readonly page: RunPage; readonly url: URL }) {
  const { searchParams: query } = url;
  const chosen = query.getAll("outcome");
  const outcomes = RUN_STATES.filter((outcome) => (page.outcomes[outcome] ?? 0) > 0 || chosen.includes(outcome));
  const all = Object.values(page.outcomes).reduce((sum, amount) => sum + amount, 0);
  const hide = (query.get("hide") ?? "").split(",");
  return (
    <>
      <p class="tabs">
        <a href={withQuery(url, { outcome: undefined })} aria-current={chosen.length === 0 ? "true" : undefined}>
          All <span class="n">{all}</span>
        </a>
        {outcomes.map((outcome) => (
          <a href={withQuery(url, { outcome })} aria-current={chosen.includes(outcome) ? "true" : undefined}>
            <Mark of={outcome} />
            {wordsOf(outcome).word} <span class="n">{page.outcomes[outcome] ?? 0}</span>
          </a>
        ))}
      </p>
      <form class="filters" method="get" action={url.pathname}>
        {chosen.map((outcome) => (
          <input type="hidden" name="outcome" value={outcome} />
        ))}
        <label>
          <span class="vh">Since</span>
          <select name="since">
            <option value="">Any time</option>
            {Object.entries(SINCE_CHOICES).map(([value, text]) => (
              <option value={value} selected={query.get("since") === value}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span class="vh">Trigger</span>
          <select name="trigger">
            <option value="">Any trigger</option>
            {["schedule", "hand", "retry"].map((value) => (
              <option value={value} selected={query.get("trigger") === value}>
                {value === "hand" ? "by hand" : value}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span class="vh">Parameter</span>
          <input type="text" name="param" placeholder="Parameter, as olderThan=10m" value={query.get("param") ?? ""} />
        </label>
        <label>
          <input type="checkbox" name="hide" value="recovered" checked={hide.includes("recovered")} /> Hide failures
          that later succeeded
        </label>
        <button type="submit">Filter</button>
      </form>
    </>
  );
}
