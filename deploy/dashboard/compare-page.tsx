import { withQuery } from "../../runtime/page/frame.tsx";
import { Outcome } from "../../runtime/page/marks.tsx";
import { textOf } from "../../runtime/page/values.tsx";
import { clock, count, duration, mebibytes, triggerWords } from "../../runtime/page/words.ts";
import { type Difference, differences } from "../source/compare.ts";
import type { RunDetail } from "../source/run-source.ts";
import { type Frame, Layout } from "./layout.tsx";
import { jobPath, runPath } from "./query.ts";
import { changes } from "./words.ts";

/** Bounds what one page shows; the JSON of each run has all of it. */
const DIFFERENCES_MAX = 300;

/** Two runs side by side: what differs first, and all of it where that is asked for. */
export function ComparePage(props: { readonly a: RunDetail; readonly b: RunDetail; readonly frame: Frame }) {
  const { a, b, frame } = props;
  const isAll = frame.url.searchParams.get("show") === "all";
  const facts = factsOf(a, b, frame.now).filter(({ isSame }) => isAll || !isSame);
  const params = differences(a.record.report.params ?? {}, b.record.report.params ?? {});
  const result = differences(a.record.report.result, b.record.report.result);
  return (
    <Layout title="Compare" tab="runs" frame={frame} zoneNote="Times are UTC.">
      <p class="crumbs">
        <a href="/jobs">Jobs</a> / <bdi>{b.entry.namespace}</bdi> /{" "}
        <a href={jobPath(b.entry)} class="mono">
          <bdi>{b.entry.job}</bdi>
        </a>
      </p>
      <h1>Compare two runs</h1>
      <p class="lead">
        {sentence(params, result, hasResult(a, b))}{" "}
        {isAll ? (
          <a href={withQuery(frame.url, { show: undefined })}>Show what differs</a>
        ) : (
          <a href={withQuery(frame.url, { show: "all" })}>Show all facts</a>
        )}
      </p>
      <section>
        <table class="even">
          <caption class="vh">The two runs</caption>
          <thead>
            <tr>
              <th scope="col">Fact</th>
              {[a, b].map(({ entry }) => (
                <th scope="col">
                  <a href={runPath(entry)} class="mono">
                    <bdi>{entry.run}</bdi>
                  </a>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">Outcome</th>
              <td>
                <Outcome run={a.entry} />
              </td>
              <td>
                <Outcome run={b.entry} />
              </td>
            </tr>
            {facts.map(({ name, left, right }) => (
              <tr>
                <th scope="row">{name}</th>
                <td>
                  <bdi>{left}</bdi>
                </td>
                <td>
                  <bdi>{right}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Differences title="Parameters" none="The same parameters." list={params} />
      <Differences
        title="Result"
        none={hasResult(a, b) ? "The same result." : "Neither run left a result."}
        list={result}
      />
    </Layout>
  );
}

function sentence(params: readonly Difference[], result: readonly Difference[], hasResult: boolean): string {
  if (params.length + result.length === 0) {
    return hasResult ? "The same parameters, and the same result." : "The same parameters; neither run left a result.";
  }
  const parts = [
    ...(params.length === 0 ? [] : [count(params.length, "parameter")]),
    ...(result.length === 0 ? [] : [`${count(result.length, "place")} of the result`]),
  ];
  return `They differ in ${parts.join(" and ")}.`;
}

function hasResult(a: RunDetail, b: RunDetail): boolean {
  return [a, b].some(({ record }) => record.report.result !== undefined);
}

function factsOf(a: RunDetail, b: RunDetail, now: Date) {
  const facts: readonly (readonly [string, (run: RunDetail) => string])[] = [
    ["Started", ({ entry }) => clock(entry.startedAt, now, "UTC")],
    ["Took", ({ entry }) => duration(entry.durationMs)],
    ["Revision", ({ entry }) => entry.revision],
    ["Trigger", ({ entry }) => triggerWords(entry)],
    ["Changed", ({ entry }) => changes(entry) || "nothing"],
    ["Requests", ({ record }) => record.report.requests.toLocaleString("en")],
    ["Memory at peak", ({ record }) => mebibytes(record.report.peakMemoryBytes)],
    ["Node", ({ node }) => node ?? "–"],
    ["Message", ({ entry }) => entry.message ?? "–"],
  ];
  return facts.map(([name, of]) => ({ name, left: of(a), right: of(b), isSame: of(a) === of(b) }));
}

function Differences(props: { readonly title: string; readonly none: string; readonly list: readonly Difference[] }) {
  const { title, none, list } = props;
  return (
    <section>
      <div class="title">
        <h2>{title}</h2>
        {list.length > DIFFERENCES_MAX ? (
          <small>
            the first {DIFFERENCES_MAX} of {list.length}
          </small>
        ) : null}
      </div>
      {list.length === 0 ? <p class="note">{none}</p> : null}
      {list.length === 0 ? null : (
        <table class="even">
          <caption class="vh">{title}: what differs</caption>
          <thead>
            <tr>
              <th scope="col">Where</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            {list.slice(0, DIFFERENCES_MAX).map((each) => (
              <tr>
                <td class="mono">
                  <bdi>{each.path || title.toLowerCase()}</bdi>
                </td>
                <td class={each.after === undefined ? "gone" : undefined}>
                  <bdi>{each.before === undefined ? "not there" : textOf(each.before)}</bdi>
                </td>
                <td class={each.before === undefined ? "added" : undefined}>
                  <bdi>{each.after === undefined ? "not there" : textOf(each.after)}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
