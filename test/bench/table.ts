import type { Figure } from "./figures.ts";
import type { Work } from "./works.ts";

const HEADINGS = ["", "wall", "×", "CPU", "peak", "runs"];

/** One work's figures for a terminal; ratios are multiples of the baseline's wall time. */
export function renderTable(work: Work, figures: readonly Figure[]): string {
  const base = figures.find(({ subject }) => subject === work.baseline);
  const rows = figures.map((figure) => [
    figure.subject,
    seconds(figure.wallSeconds),
    base === undefined ? "–" : (figure.wallSeconds / base.wallSeconds).toFixed(2),
    seconds(figure.cpuSeconds),
    `${figure.peakMiB.toFixed(0)} MiB`,
    String(figure.runs),
    ...(figure.bytes === undefined ? [] : [`${(figure.bytes / 1000).toFixed(1)} KB compressed`]),
  ]);
  const lines = [HEADINGS, ...rows];
  const widths = lines[1]?.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length))) ?? [];
  const text = lines.map((line) => line.map((cell, column) => padded(cell, column, widths[column] ?? 0)).join("  "));
  return [`${work.name} (× ${work.baseline})`, ...text.map((line) => `  ${line.trimEnd()}`)].join("\n");
}

function padded(cell: string, column: number, width: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function seconds(value: number): string {
  return `${value.toFixed(value < 1 ? 3 : 2)} s`;
}
