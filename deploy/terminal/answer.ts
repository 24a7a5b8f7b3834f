import { stringify } from "yaml";
import { formatDuration } from "../../runtime/job/duration.ts";
import type { Format } from "./talk.ts";
import { visible, visibleLines, widthOf } from "./terminal.ts";

/**
 * Writes a command's answer to stdout.
 *
 * @param value what `-o json` and `-o yaml` print in full
 * @param toText what is printed for people
 */
export function answer(format: Format, value: unknown, toText: () => string): void {
  process.stdout.write(`${format === "table" ? toText() : serialize(format, value)}\n`);
}

function serialize(format: "json" | "yaml", value: unknown): string {
  if (format === "json") return JSON.stringify(value, null, 2);
  const options = { compat: "yaml-1.1", lineWidth: 0, aliasDuplicateObjects: false } as const;
  const text = stringify(value, options).replace(/\n$/, "");
  if (visibleLines(text) === text) return text;
  // Escapes that are added on the way to the terminal keep their meaning only in double quotes.
  const quoted = { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "QUOTE_DOUBLE" } as const;
  return stringify(value, {
    ...options,
    ...quoted,
    doubleQuotedMinMultiLineLength: Number.POSITIVE_INFINITY,
  }).replace(/\n$/, "");
}

/** A line with a name in front: `schedule   @daily`. */
export function field(name: string, text: string): string {
  return `${name.padEnd(9)}  ${text}`;
}

/** Columns as kubectl prints them: headings in capitals, three spaces between. Control characters are made visible, so that each cell is one line of known width. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows].map((line) => line.map(visible));
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column] ?? ""))));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
        .join("   ")
        .trimEnd(),
    )
    .join("\n");
}

const MINUTE_MS = 60_000;

/** How long ago something was, as short as in kubectl: `45s`, `12m`, `3h`, `2d`. */
export function age(since: string, now: Date): string {
  const milliseconds = now.getTime() - Date.parse(since) || 0;
  // Two units are more than anybody needs, except for the first minutes.
  const text = formatDuration(Math.max(0, Math.round(milliseconds / 1_000) * 1_000));
  return milliseconds < 10 * MINUTE_MS ? text : (/^\d+[a-z]+/.exec(text)?.[0] ?? text);
}
