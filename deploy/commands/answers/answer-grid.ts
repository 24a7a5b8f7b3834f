import { cellOf, csvOf, type Grid, gridOf, markdownOf, pairsOf, textOf } from "../../../runtime/page/grid.ts";
import { answer, field, table } from "../../terminal/answer.ts";
import { answerRaw } from "../../terminal/terminal.ts";
import type { GridFormat } from "../declared/flags.ts";

/** What an answer is in each format. */
export interface GridAnswer {
  /** What `-o json` and `-o yaml` print in full. */
  readonly value: unknown;
  /** What is printed for people. */
  readonly toText: () => string;
  /** What `-o csv` prints, for programs. */
  readonly toGrid: () => Grid;
  /** What `-o markdown` prints. Default: the same. */
  readonly toMarkdown?: () => Grid;
}

/** Writes an answer that is a table to stdout. */
export function answerGrid(format: GridFormat, { value, toText, toGrid, toMarkdown = toGrid }: GridAnswer): void {
  if (format === "csv") answerRaw(csvOf(toGrid()));
  else if (format === "markdown") answerRaw(markdownOf(toMarkdown()));
  else answer(format, value, toText);
}

/** A value for people, under its name: a table with what stands beside it, or JSON where it holds no table. */
export function describeValue(name: string, value: unknown): string {
  const grid = gridOf(value);
  if (grid === undefined) return field(name, JSON.stringify(value, null, 2));
  const pairs = pairsOf(value).map(([key, each]) => `${key} ${textOf(each)}`);
  const rows = `${grid.rows.length} ${grid.rows.length === 1 ? "row" : "rows"}`;
  return [field(name, [...pairs, rows].join(", ").replaceAll("\n", " ")), textTable(grid)].join("\n");
}

function textTable({ columns, rows }: Grid): string {
  const headings = columns.map((column) => column.toUpperCase());
  return table(
    headings,
    rows.map((row) => columns.map((column) => textOf(cellOf(row, column)))),
  );
}
