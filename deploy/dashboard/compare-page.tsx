import { withQuery } from "../../runtime/page/frame.tsx";
import { textOf } from "../../runtime/page/grid.ts";
import { Outcome } from "../../runtime/page/marks.tsx";
import { clock } from "../../runtime/page/words.ts";
import { comparisonOf, type Difference } from "../source/compare.ts";
import type { RunDetail } from "../source/run-source.ts";
import { type Frame, Layout } from "./layout.tsx";
import { jobPath, runPath } from "./query.ts";

/** Bounds what one page shows; the JSON of each run has all of it. */
const DIFFERENCES_MAX = 300;

/** Two runs side by side: what differs first, and all of it where that is asked for. */
export function ComparePage(props: { readonly a: RunDetail; readonly b: RunDetail; readonly frame: Frame }) {
  const { a, b, frame } = props;
  const isAll = frame.url.searchParams.get("show") === "all";
  const { params, result, summary, ...compared } = comparisonOf(a, b, (at) => clock(at, frame.now, "UTC"));
  // The outcome stands above them, with its mark.
  const facts = compared.facts.filter(({ name, isSame }) => name !== "Outcome" && (isAll || !isSame));
  const hasResult = [a, b].some(({ record }) => record.report.result !== undefined);
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
        {summary}{" "}
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
            {facts.map(({ name, before, after }) => (
              <tr>
                <th scope="row">{name}</th>
                <td>
                  <bdi>{before}</bdi>
                </td>
                <td>
                  <bdi>{after}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Differences title="Parameters" none="The same parameters." list={params} />
      <Differences title="Result" none={hasResult ? "The same result." : "Neither run left a result."} list={result} />
    </Layout>
  );
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
