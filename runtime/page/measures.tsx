import type { Report } from "../run/report/report.ts";
import { count, duration, type Family, mebibytes } from "./words.ts";

const WIDTH = 960;
const HEIGHT = 72;
const MEBIBYTE = 2 ** 20;

/** Memory over time as one line below its limit, and the same as a table. */
export function Memory(props: {
  readonly report: Report;
  readonly limitBytes: number | undefined;
  readonly family: Family;
}) {
  const { report, limitBytes, family } = props;
  const { everySeconds = 1, mebibytes: samples = [] } = report.memory ?? {};
  if (samples.length < 2) return null;
  const limit = limitBytes === undefined ? undefined : limitBytes / MEBIBYTE;
  const top = Math.max(...samples, limit ?? 0) * 1.05;
  const y = (value: number) => round(HEIGHT - (value / top) * HEIGHT);
  const x = (index: number) => round((index / (samples.length - 1)) * WIDTH);
  const path = samples.map((value, index) => `${index === 0 ? "M" : "L"}${x(index)} ${y(value)}`).join("");
  const every = everySeconds === 1 ? "one sample a second" : `the most in each ${duration(everySeconds * 1_000)}`;
  return (
    <section>
      <div class="title">
        <h2>Memory</h2>
        <small>
          {every}
          {limit === undefined ? "" : "; the dashed line is the limit"}
        </small>
      </div>
      <div class="chart">
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`Memory: ${samples.at(-1)} Mi at last, ${Math.max(...samples)} Mi at most; the table below has all`}
        >
          {limit === undefined ? null : <path class={`limit l-${family}`} d={`M0 ${y(limit)}H${WIDTH}`} />}
          <path class="memory" d={path} />
        </svg>
        <span class="axis">
          <span>{mebibytes((limit ?? Math.max(...samples)) * MEBIBYTE)}</span>
          <span>0</span>
        </span>
      </div>
      <details>
        <summary>As a table</summary>
        <table>
          <caption class="vh">Memory over time</caption>
          <thead>
            <tr>
              <th scope="col" class="num">
                After
              </th>
              <th scope="col" class="num">
                Memory, Mi
              </th>
            </tr>
          </thead>
          <tbody>
            {samples.map((value, index) => (
              <tr>
                <td class="num">{duration((index + 1) * everySeconds * 1_000)}</td>
                <td class="num">{value.toLocaleString("en")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** What the run asked of the API server, by verb, resource and answer. */
export function Requests({ report }: { readonly report: Report }) {
  const rows = Object.entries(report.requestCounts ?? {}).flatMap(([verb, resources]) =>
    Object.entries(resources).flatMap(([resource, codes]) =>
      Object.entries(codes).map(([code, amount]) => ({ verb, resource, code, amount })),
    ),
  );
  return (
    <section>
      <div class="title">
        <h2>Requests</h2>
        <small>
          {count(report.requests, "request")}
          {report.retries === 0 ? ", no retry" : `, ${report.retries} retried`}
        </small>
      </div>
      {rows.length === 0 ? null : (
        <table>
          <caption class="vh">Requests to the API server</caption>
          <thead>
            <tr>
              <th scope="col">Request</th>
              <th scope="col" class="num">
                Answer
              </th>
              <th scope="col" class="num">
                Sent
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ verb, resource, code, amount }) => (
              <tr>
                <td class="mono">
                  <bdi>
                    {verb} {resource}
                  </bdi>
                </td>
                <td class="num">{code === "none" ? "no answer" : code}</td>
                <td class="num">{amount.toLocaleString("en")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
