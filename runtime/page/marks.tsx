import { type Family, wordsOf } from "./words.ts";

/** The shapes: who ended the run. Each is drawn in 16 by 16. */
const SHAPES: Readonly<Record<Family, string>> = {
  ok: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Z",
  fail: "M4 1.5h8A2.5 2.5 0 0 1 14.5 4v8a2.5 2.5 0 0 1-2.5 2.5H4A2.5 2.5 0 0 1 1.5 12V4A2.5 2.5 0 0 1 4 1.5Z",
  stop: "M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1Z",
  kill: "M8 .5 15.5 8 8 15.5.5 8Z",
  none: "M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5Z",
  run: "M8 1.75a6.25 6.25 0 1 0 0 12.5 6.25 6.25 0 0 0 0-12.5Z",
};

/** The glyph inside: which end it was. */
const GLYPHS: Readonly<Record<string, string>> = {
  succeeded: "M5 8.2 7.2 10.4 11 6",
  failed: "M5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6",
  invalid: "M8 4.5v4M8 11.2v.2",
  unreachable: "M8 4v2M8 10v2M4 8h2M10 8h2",
  limited: "M5 4.8h6M8 12V7.2M5.9 9.2 8 7.1l2.1 2.1",
  denied: "M4.8 8h6.4",
  timedOut: "M8 4.6V8l2.2 1.7",
  outOfMemory: "M5.6 10.2V6L8 8.4 10.4 6v4.2",
  evicted: "M5 8h5.6M8.6 5.8 10.8 8l-2.2 2.2",
  killed: "M6.1 6.1l3.8 3.8M9.9 6.1l-3.8 3.8",
  cancelled: "M5.8 10.2l4.4-4.4",
  neverStarted: "",
  lost: "M6.5 6.6a1.6 1.6 0 1 1 2.3 1.5c-.5.3-.8.6-.8 1.1M8 11.2v.1",
  unknown: "M6.5 6.6a1.6 1.6 0 1 1 2.3 1.5c-.5.3-.8.6-.8 1.1M8 11.2v.1",
  foreign: "M5 8h6",
  waiting: "M5.2 8h.1M8 8h.1M10.8 8h.1",
};

/** A triangle for what did not come, two bars for what is paused. */
const STATES = {
  overdue: "M8 1.8 15 14H1ZM8 6.2v3.4M8 11.7v.2",
  paused: "M5.5 4v8M10.5 4v8",
} as const;

/** Every shape once, for `<use>`: a page says each only where it needs one. */
export function MarkSymbols() {
  const names = Object.keys(GLYPHS);
  return (
    <svg class="symbols" aria-hidden="true">
      {names.map((name) => (
        <symbol id={`m-${name}`} viewBox="0 0 16 16">
          <Shape family={wordsOf(name).family} isDashed={name === "neverStarted"} />
          <path class={isFilled(wordsOf(name).family) ? "glyph" : "line"} d={GLYPHS[name] ?? ""} />
        </symbol>
      ))}
      <symbol id="m-running" viewBox="0 0 16 16">
        <path class="line" d="M8 1.75A6.25 6.25 0 1 0 14.25 8" />
        <circle class="dot" cx="8" cy="8" r="2.4" />
      </symbol>
      {Object.entries(STATES).map(([name, path]) => (
        <symbol id={`m-${name}`} viewBox="0 0 16 16">
          <path class="line" d={path} />
        </symbol>
      ))}
      <symbol id="m-dry" viewBox="0 0 16 16">
        <circle class="line" cx="8" cy="8" r="6.25" stroke-dasharray="2.6 1.3" />
      </symbol>
    </svg>
  );
}

function Shape({ family, isDashed }: { readonly family: Family; readonly isDashed: boolean }) {
  if (isFilled(family)) return <path class="shape" d={SHAPES[family]} />;
  return <path class="line" d={SHAPES[family]} stroke-dasharray={isDashed ? "2 1.6" : undefined} />;
}

function isFilled(family: Family): boolean {
  return family !== "none" && family !== "run";
}

/** How a mark is named: its colour class and its symbol. */
function markOf(outcome: string, dryRun: boolean): { readonly family: string; readonly symbol: string } {
  if (outcome === "overdue") return { family: "stop", symbol: outcome };
  if (outcome === "paused") return { family: "none", symbol: outcome };
  return { family: wordsOf(outcome).family, symbol: dryRun ? "dry" : outcome };
}

/**
 * The mark of an outcome or a state.
 *
 * @param props.label said where no word stands beside it; absent: the word does
 */
export function Mark(props: { readonly of: string; readonly dryRun?: boolean; readonly label?: string }) {
  const { family, symbol } = markOf(props.of, props.dryRun ?? false);
  const mark = <use href={`#m-${symbol}`} />;
  if (props.label === undefined) {
    return (
      <svg class={`m c-${family}`} width="16" height="16" aria-hidden="true">
        {mark}
      </svg>
    );
  }
  return (
    <svg class={`m c-${family}`} width="16" height="16" role="img" aria-label={props.label}>
      {mark}
    </svg>
  );
}

/** The mark and the word of a run. */
export function Outcome({ run }: { readonly run: { readonly outcome: string; readonly dryRun: boolean } }) {
  const { word } = wordsOf(run.outcome);
  return (
    <span class="outcome">
      <Mark of={run.outcome} dryRun={run.dryRun} />
      <span>{run.dryRun ? `Dry run ${word.toLowerCase()}` : word}</span>
    </span>
  );
}
