import { cellOf, csvOf, type Grid, gridOf, markdownOf, pairsOf, textOf } from "../../../runtime/page/grid.ts";
import { answer, field, table } from "../../terminal/answer.ts";
import { answerRaw } from "../../terminal/terminal.ts";
import type { GridFormat } from "../declared/flags.ts";

/** An answer in each format. */
export interface GridAnswer {
  /** Printed in full by `-o json` and `-o yaml`. */
  readonly value: unknown;
  /** Printed for people. */
  readonly toText: () => string;
  /** Printed by `-o csv`, for programs. */
  readonly toGrid: () => Grid;
  /** Printed by `-o markdown`. Default: the same. */
  readonly toMarkdown?: () => Grid;
}

/** Writes a table to stdout as the answer. */
export function answerGrid(format: GridFormat, { value, toText, toGrid, toMarkdown = toGrid }: GridAnswer): void {
  if (format === "csv") answerRaw(csvOf(toGrid()));
  else if (format === "markdown") answerRaw(markdownOf(toMarkdown()));
  else answer(format, value, toText);
}

/** A value for people, under its name: as a table with its other fields above, or as JSON if it holds no table. */
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
