import type { Report } from "./report.ts";

/** Maximum size of a termination message, in bytes. https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/#customizing-the-termination-message */
export const TERMINATION_MESSAGE_BYTES = 4_096;

/** How much of a truncated message is kept, in bytes as JSON: enough to tell what went wrong. */
const KEPT_MESSAGE_BYTES = 512;
/** Names in Kubernetes have at most 253 characters; only other text is truncated to this. */
const KEPT_NAME_BYTES = 253;

/** A part that can be dropped. */
interface Part {
  readonly name: string;
  readonly value: (report: Report) => unknown;
  readonly without: (report: Report) => Report;
}

const PARTS: readonly Part[] = [
  optionalPart("params"),
  optionalPart("result"),
  optionalPart("progress"),
  optionalPart("rehearsal"),
  optionalPart("cascades"),
  optionalPart("http"),
  optionalPart("plan"),
  optionalPart("warnings"),
  optionalPart("requestCounts"),
  optionalPart("memory"),
  optionalPart("node"),
  { name: "mutations", value: (report) => report.mutations, without: (report) => ({ ...report, mutations: {} }) },
  errorPart("stack"),
  errorPart("hint"),
  {
    name: "error.message",
    value: (report) => report.error?.message,
    without: (report) =>
      report.error === undefined
        ? report
        : { ...report, error: { ...report.error, message: cutText(report.error.message, KEPT_MESSAGE_BYTES) } },
  },
];

/**
 * Fits a report into a number of bytes by dropping its largest parts one by one. `dropped` names them; a dropped `error.message` is truncated rather than
 * removed. Job, run and outcome always stay.
 *
 * @param maxBytes size as JSON in UTF-8; at least 3,072
 * @returns the report itself if it fits
 */
export function shortenReport(report: Report, maxBytes: number = TERMINATION_MESSAGE_BYTES): Report {
  let shortened = report;
  let rest = PARTS;
  while (bytesOf(shortened) > maxBytes) {
    const part = largestPart(shortened, rest);
    if (part === undefined) return withCutNames(shortened);
    rest = rest.filter((other) => other !== part);
    shortened = { ...part.without(shortened), dropped: [...(shortened.dropped ?? []), part.name] };
  }
  return shortened;
}

function largestPart(report: Report, parts: readonly Part[]): Part | undefined {
  const sizes = parts
    .map((part) => ({ part, bytes: bytesOf(part.value(report)) }))
    .filter(({ bytes }) => bytes > 0)
    .sort((one, other) => other.bytes - one.bytes);
  return sizes[0]?.part;
}

type Optional =
  | "params"
  | "result"
  | "node"
  | "progress"
  | "rehearsal"
  | "cascades"
  | "http"
  | "plan"
  | "warnings"
  | "requestCounts"
  | "memory";

function optionalPart(name: Optional): Part {
  return {
    name,
    value: (report) => report[name],
    without: ({ [name]: _dropped, ...rest }) => rest,
  };
}

function errorPart(name: "stack" | "hint"): Part {
  return {
    name: `error.${name}`,
    value: (report) => report.error?.[name],
    without: (report) => {
      if (report.error === undefined) return report;
      const { [name]: _dropped, ...error } = report.error;
      return { ...report, error };
    },
  };
}

/** The last resort: the rest is short unless a name is not a Kubernetes name. */
function withCutNames(report: Report): Report {
  const { scheduledTime, ...run } = report.run;
  return {
    ...report,
    job: cutText(report.job, KEPT_NAME_BYTES),
    namespace: cutText(report.namespace, KEPT_NAME_BYTES),
    revision: cutText(report.revision, KEPT_NAME_BYTES),
    run: {
      ...run,
      id: cutText(run.id, KEPT_NAME_BYTES),
      ...(scheduledTime === undefined ? {} : { scheduledTime: cutText(scheduledTime, KEPT_NAME_BYTES) }),
    },
    ...(report.error === undefined
      ? {}
      : { error: { ...report.error, reason: cutText(report.error.reason, KEPT_NAME_BYTES) } }),
  };
}

/** Truncates at a character boundary, so that the text with its JSON escapes takes at most this many bytes. */
function cutText(text: string, maxBytes: number): string {
  if (bytesOf(text) <= maxBytes) return text;
  let kept = "";
  let bytes = Buffer.byteLength('"…"');
  for (const character of text) {
    bytes += bytesOf(character) - 2;
    if (bytes > maxBytes) break;
    kept += character;
  }
  return `${kept}…`;
}

function bytesOf(value: unknown): number {
  const json = JSON.stringify(value);
  return json === undefined ? 0 : Buffer.byteLength(json);
}
