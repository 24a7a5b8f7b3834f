import { isRecord } from "../job/problem.ts";
import { withQuery } from "./frame.tsx";
import type { ShownLog } from "./shown-run.ts";
import { count } from "./words.ts";

/** The newest lines that a page shows at once; the others are a link away. */
const LINES_MAX = 500;

const LEVELS = ["debug", "info", "warn", "error"] as const;

interface LogLine {
  /** From 1, in the whole log. */
  readonly number: number;
  readonly time?: string;
  readonly level?: string;
  readonly message: string;
  readonly fields: string;
}

function lineOf(text: string, number: number): LogLine {
  const entry = entryIn(text);
  if (entry === undefined) return { number, message: text, fields: "" };
  const { time, level, message, ...fields } = entry;
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return {
    number,
    time: String(time).slice(11, 22),
    level: String(level),
    message: String(message),
    fields: rest.join(" "),
  };
}

function entryIn(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && "time" in value && "level" in value && "message" in value ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The report is the log's last line, and the page's own subject. */
function isReport(text: string): boolean {
  return text.startsWith('{"apiVersion":"errand/v1","kind":"Report"');
}

/** The log of a run, with its levels to choose from; whole in the page, so that the browser finds and copies in it. */
export function Log(props: {
  readonly log: ShownLog;
  /** Of the page, whose query chooses lines. */
  readonly url: URL;
  /** Where the whole log is, as text. */
  readonly file: string;
  readonly isLive: boolean;
}) {
  const { log, url, file, isLive } = props;
  if (!log.kept) {
    return (
      <section id="log">
        <div class="title">
          <h2>Log</h2>
        </div>
        <p class="note">{log.why}</p>
      </section>
    );
  }
  const lines = log.lines.filter((line) => !isReport(line)).map((line, index) => lineOf(line, index + 1));
  const chosen = url.searchParams.get("level");
  const wanted = chosen === null ? lines : lines.filter(({ level }) => level === chosen);
  const isAll = url.searchParams.get("lines") === "all";
  const shown = isAll ? wanted : wanted.slice(-LINES_MAX);
  const hidden = wanted.length - shown.length;
  return (
    <section id="log">
      <div class="title head">
        <span class="tabs">
          <h2>Log</h2>
          <a href={`${withQuery(url, { level: undefined })}#log`} aria-current={chosen === null ? "true" : undefined}>
            All <span class="n">{lines.length}</span>
          </a>
          {LEVELS.map((level) => {
            const amount = lines.filter((line) => line.level === level).length;
            if (amount === 0 && chosen !== level) return null;
            return (
              <a href={`${withQuery(url, { level })}#log`} aria-current={chosen === level ? "true" : undefined}>
                {level} <span class="n">{amount}</span>
              </a>
            );
          })}
        </span>
        <span class="buttons">
          {isLive ? (
            <label hidden>
              <input type="checkbox" data-follow checked /> Follow
            </label>
          ) : null}
          <a class="button small" href={file}>
            Raw
          </a>
          <button type="button" class="small" data-copy="lines" hidden>
            Copy
          </button>
        </span>
      </div>
      {hidden === 0 ? null : (
        <p class="note">
          <a href={`${withQuery(url, { lines: "all" })}#log`}>Show the {count(hidden, "line")} before</a>
        </p>
      )}
      {shown.length === 0 ? (
        <p class="note">{lines.length === 0 ? "The log is empty." : "No line of this level."}</p>
      ) : null}
      {shown.length === 0 ? null : (
        <ol class="log" id="lines" tabindex={0} aria-label="Log lines">
          {shown.map((line) => (
            <li id={`L${line.number}`} class={line.level === "warn" || line.level === "error" ? line.level : undefined}>
              <a class="no" href={`#L${line.number}`} aria-label={`Line ${line.number}`}>
                {line.number}
              </a>
              <time>{line.time ?? ""}</time>
              <span class="lv">{line.level ?? ""}</span>
              <span class="msg">
                <bdi>{line.message}</bdi> <bdi class="fields">{line.fields}</bdi>
                {"\n"}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
