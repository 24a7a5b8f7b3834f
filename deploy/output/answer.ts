import { stringify } from "yaml";

export const FORMATS = ["table", "json", "yaml"] as const;

export type Format = (typeof FORMATS)[number];

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
  return stringify(value, { compat: "yaml-1.1", lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
}

/** Columns as kubectl prints them: a heading in capitals, three blanks between. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("   ")
        .trimEnd(),
    )
    .join("\n");
}
