import { type AccessRow, differenceOf } from "../../diagnose/access/compare-rights.ts";
import type { AccessOverview } from "../../diagnose/access/fetch-access.ts";
import { table } from "../../terminal/answer.ts";

const HEADINGS = ["RESOURCE", "IN", "DECLARED", "ROLE", "ALLOWED", "CHANGED BY RUNS", "DIFFERENCE"];

/** What a job may, as a table; the last column is empty where everything is as it was declared. */
export function describeAccess({ serviceAccount, rows, notes }: AccessOverview): string {
  if (rows.length === 0) {
    const what =
      notes.length > 0 ? "nothing can be found out of" : "nothing is declared, and nothing more is allowed to";
    return `${serviceAccount}: ${what} this ServiceAccount`;
  }
  return table(HEADINGS, rows.map(cells));
}

function cells(row: AccessRow): string[] {
  const { resource, namespace, names, declared, granted, allowed, used } = row;
  return [
    `${resource === "" ? "-" : resource}${names === undefined ? "" : ` (${names.join(", ")})`}`,
    namespace ?? "whole cluster",
    verbs(declared),
    verbs(granted),
    allowed === null ? "?" : verbs(allowed),
    Object.entries(used)
      .map(([verb, count]) => `${verb} ${count}`)
      .join(", ") || "-",
    differenceOf(row) ?? "",
  ];
}

function verbs(list: readonly string[]): string {
  return list.length === 0 ? "-" : list.join(",");
}
