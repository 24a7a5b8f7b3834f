import { isRecord } from "../job/problem.ts";
import type { Report } from "../run/report/report.ts";
import { CommandLine } from "./frame.tsx";
import { gridOf } from "./grid.ts";
import { Requests } from "./measures.tsx";
import type { RunFiles, ShownRun, ShownStep } from "./shown-run.ts";
import { Pairs, Value } from "./values.tsx";
import { duration, type Family, seconds } from "./words.ts";

/** What a job says of its progress: `{ done, total }` is a share, the rest are facts. */
export function Progress({
  report,
  family,
  title,
}: {
  readonly report: Report;
  readonly family: Family;
  readonly title: string;
}) {
  const { progress } = report;
  if (progress === undefined) return null;
  const pairs = isRecord(progress) ? Object.entries(progress) : [["progress", progress] as const];
  const share = shareOf(progress);
  return (
    <section>
      <div class="title">
        <h2>{title}</h2>
      </div>
      <p class="progress">
        {share === undefined ? null : <span class="big">{Math.floor(share * 100)} %</span>}
        {pairs.map(([name, value]) => (
          <span>
            <bdi>
              {typeof value === "number"
                ? value.toLocaleString("en")
                : typeof value === "string"
                  ? value
                  : JSON.stringify(value)}{" "}
              {name}
            </bdi>
          </span>
        ))}
      </p>
      {share === undefined ? null : (
        <svg
          class="meter"
          viewBox="0 0 100 8"
          preserveAspectRatio="none"
          role="img"
          aria-label={`${Math.floor(share * 100)} %`}
        >
          <rect class="ground" width="100" height="8" rx="1" />
          <rect class={`bar b-${family}`} width={share * 100} height="8" rx="1" />
        </svg>
      )}
    </section>
  );
}

function shareOf(progress: unknown): number | undefined {
  if (!isRecord(progress)) return undefined;
  const { done, total, percent } = progress;
  if (typeof percent === "number" && percent >= 0 && percent <= 100) return percent / 100;
  if (typeof done !== "number" || typeof total !== "number" || !(total > 0) || done < 0) return undefined;
  return Math.min(1, done / total);
}

/** A table whose bars stand where and as long as the steps were. */
export function Timeline(props: { readonly steps: readonly ShownStep[]; readonly family: Family; readonly now: Date }) {
  const { steps, family, now } = props;
  const [first] = steps;
  if (first === undefined) return null;
  const from = Date.parse(first.at);
  const end = Math.max(from + 1, steps.at(-1)?.step === "End" ? Date.parse(steps.at(-1)?.at ?? "") : now.getTime());
  const place = (time: number) => ((time - from) / (end - from)) * 96;
  return (
    <section>
      <div class="title">
        <h2>Timeline</h2>
      </div>
      <table class="timeline">
        <caption class="vh">The steps of the run</caption>
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col" aria-label="When, as a bar" />
            <th scope="col" class="num">
              At, UTC
            </th>
            <th scope="col" class="num">
              Took
            </th>
            <th scope="col" class="mid">
              What happened
            </th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => {
            const at = Date.parse(step.at);
            const took = step.step === "End" ? 0 : (step.tookMs ?? now.getTime() - at);
            return (
              <tr>
                <td>{step.step}</td>
                <td>
                  <svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
                    <rect {...barOf(step, family)} x={place(at)} width={Math.max(0.7, place(at + took) - place(at))} />
                  </svg>
                </td>
                <td class="num">{seconds(step.at, "UTC")}</td>
                <td class="num">{step.step === "End" ? "–" : duration(took)}</td>
                <td class="mid">
                  <bdi>{step.what}</bdi>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function barOf(
  { step, tookMs }: ShownStep,
  family: Family,
): { readonly class: string; readonly y: number; readonly height: number } {
  if (step === "Run") return { class: tookMs === undefined ? "e-run" : "work", y: 0, height: 12 };
  if (step === "End") return { class: `e-${family}`, y: 0, height: 12 };
  return { class: "wait", y: 4, height: 4 };
}

export function Result({ files, result }: { readonly files: RunFiles; readonly result: unknown }) {
  const { json, csv, markdown } = files.result;
  const isTable = gridOf(result) !== undefined;
  return (
    <section>
      <div class="title">
        <h2>Result</h2>
        <small>
          as <a href={json}>JSON</a>
          {isTable && csv !== undefined ? (
            <>
              , <a href={csv}>CSV</a>
            </>
          ) : null}
          {isTable && markdown !== undefined ? (
            <>
              , <a href={markdown}>Markdown</a>
            </>
          ) : null}
        </small>
      </div>
      <Value value={result} name="Result" />
    </section>
  );
}

export function Mutations({ report }: { readonly report: Report }) {
  const rows = Object.entries(report.mutations).flatMap(([verb, counts]) =>
    Object.entries(counts).map(([resource, amount]) => ({ verb, resource, amount })),
  );
  return (
    <section>
      <div class="title">
        <h2>Mutations</h2>
        {report.dryRun && rows.length > 0 ? <small>a dry run: nothing was changed</small> : null}
      </div>
      {rows.length === 0 ? (
        <p class="note">None.</p>
      ) : (
        <table>
          <caption class="vh">What the run changed</caption>
          <thead>
            <tr>
              <th scope="col">Verb</th>
              <th scope="col">Resource</th>
              <th scope="col" class="num">
                Count
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ verb, resource, amount }) => (
              <tr>
                <td class="mono">{verb}</td>
                <td class="mono">
                  <bdi>{resource}</bdi>
                </td>
                <td class="num">{amount.toLocaleString("en")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

export function Aside({ run }: { readonly run: ShownRun }) {
  const { entry, record, attempts } = run;
  const { report } = record;
  const params = isRecord(report.params) ? Object.entries(report.params) : [];
  const command = record.phase === "finished" ? (entry.outcome === "succeeded" ? "result" : "why") : "logs -f";
  const [word = "", flag] = command.split(" ");
  return (
    <aside aria-label="About the run">
      <section>
        <div class="title">
          <h2>Parameters</h2>
        </div>
        {params.length === 0 ? <p class="note">None.</p> : <Pairs entries={params} />}
      </section>
      {attempts.length < 2 ? null : (
        <section>
          <div class="title">
            <h2>Attempts</h2>
          </div>
          <table>
            <caption class="vh">One pod each</caption>
            <tbody>
              {attempts.map(({ attempt, pod, outcome, durationMs }) => (
                <tr>
                  <td>{attempt}</td>
                  <td>
                    <bdi>{outcome}</bdi>
                    <span class="second mono">
                      <bdi>{pod}</bdi>
                    </span>
                  </td>
                  <td class="num">{durationMs === undefined ? "–" : duration(durationMs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      <Requests report={report} />
      <section>
        <div class="title">
          <h2>API server warnings</h2>
        </div>
        {(report.warnings ?? []).length === 0 ? <p class="note">None.</p> : null}
        {(report.warnings ?? []).map((warning) => (
          <p>
            <bdi>{warning}</bdi>
          </p>
        ))}
      </section>
      <section>
        <div class="title">
          <h2>In the terminal</h2>
        </div>
        <CommandLine
          id="command"
          text={`errand ${word} ${entry.run} -n ${entry.namespace}${flag === undefined ? "" : ` ${flag}`}`}
        />
      </section>
    </aside>
  );
}
