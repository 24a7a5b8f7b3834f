import { duration, type Family, wordsOf } from "../../runtime/page/words.ts";
import { RECENT_RUNS, type RunEntry } from "../source/run-source.ts";

const BAR = 6;
const STEP = 8;
const HEIGHT = 20;

/** What the bars of a family look like, at `x` and no higher than `height`: form repeats the colour. */
function barPath(family: Family, x: number, top: number, bottom: number): string {
  const box = (left: number, up: number, width: number, down: number) => `M${left} ${up}h${width}V${down}h-${width}Z`;
  const middle = (top + bottom) / 2;
  switch (family) {
    case "stop":
      return box(x, top, BAR, round(middle - 1.5)) + box(x, round(middle + 1.5), BAR, bottom);
    case "kill":
      return box(x, top, 2, bottom) + box(x + 4, top, 2, bottom);
    case "none":
      return `M${x + 0.5} ${top + 0.5}h${BAR - 1}V${bottom - 0.5}h-${BAR - 1}Z`;
    case "run":
      return [0, 3, 6].map((up) => box(x, bottom - up - 2, BAR, bottom - up)).join("");
    default:
      return box(x, top, BAR, bottom);
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The last runs as bars, oldest left; what they say stands in the label, and run by run on the job's page. */
export function Strip({ runs, overdue }: { readonly runs: readonly RunEntry[]; readonly overdue: boolean }) {
  const places = RECENT_RUNS;
  const shown = overdue ? runs.slice(-(places - 1)) : runs;
  const first = places - shown.length - (overdue ? 1 : 0);
  const paths = new Map<Family, string>();
  for (const [index, { outcome }] of shown.entries()) {
    const { family } = wordsOf(outcome);
    const top = family === "ok" ? HEIGHT - 8 : 0;
    paths.set(family, (paths.get(family) ?? "") + barPath(family, (first + index) * STEP, top, HEIGHT));
  }
  return (
    <svg
      class="strip"
      viewBox={`0 0 ${places * STEP - 2} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={stripLabel(shown, overdue)}
    >
      {[...paths].map(([family, path]) => (
        <path class={`bar b-${family}`} d={path} />
      ))}
      {overdue ? (
        <path class="bar b-missed" d={`M${(places - 1) * STEP + 3} 0V${HEIGHT}`} stroke-dasharray="4 3" />
      ) : null}
    </svg>
  );
}

/** `Oldest to newest: 29 succeeded, 1 limited`. */
function stripLabel(runs: readonly RunEntry[], overdue: boolean): string {
  const groups: { word: string; count: number }[] = [];
  for (const { outcome } of runs) {
    const word = wordsOf(outcome).word.toLowerCase();
    const last = groups.at(-1);
    if (last?.word === word) last.count += 1;
    else groups.push({ word, count: 1 });
  }
  const parts = groups.map(({ word, count }) => `${count} ${word}`);
  const all = [...parts, ...(overdue ? ["1 start missed"] : [])];
  return all.length === 0 ? "No runs yet" : `Oldest to newest: ${all.join(", ")}`;
}

const CHART = { width: 960, height: 72, most: RECENT_RUNS };

/** How long the last runs took, cut at twice the median so that one long run does not flatten the others. */
export function DurationBars({
  runs,
  medianMs,
}: {
  readonly runs: readonly RunEntry[];
  readonly medianMs: number | undefined;
}) {
  const shown = runs.slice(-CHART.most);
  const longest = Math.max(1, ...shown.map(({ durationMs }) => durationMs));
  const cut = medianMs === undefined ? longest : Math.min(longest, Math.max(1, medianMs * 2));
  const step = CHART.width / CHART.most;
  const paths = new Map<Family, string>();
  for (const [index, { outcome, durationMs }] of shown.entries()) {
    const { family } = wordsOf(outcome);
    const height = Math.max(3, round((Math.min(durationMs, cut) / cut) * CHART.height));
    const x = round((CHART.most - shown.length + index) * step + (step - BAR) / 2);
    paths.set(family, (paths.get(family) ?? "") + barPath(family, x, CHART.height - height, CHART.height));
  }
  const isCut = longest > cut;
  return (
    <div class="chart">
      <svg
        viewBox={`0 0 ${CHART.width} ${CHART.height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Durations of the last ${shown.length} runs; the table below has them`}
      >
        {[...paths].map(([family, path]) => (
          <path class={`bar b-${family}`} d={path} />
        ))}
      </svg>
      <span class="axis">
        <span>{duration(cut)}</span>
        <span>0</span>
      </span>
      <p class="note">
        last {shown.length} runs, newest right
        {isCut ? `; bars are cut at ${duration(cut)}, the longest took ${duration(longest)}` : ""}
      </p>
    </div>
  );
}
