import { createHash } from "node:crypto";
import type { SQLInputValue } from "node:sqlite";
import { isRecord } from "../../../runtime/job/problem.ts";
import type { RunFilter } from "../../source/run-source.ts";

/** A longer value of a parameter is found by its hash, so that the table that finds runs by parameters stays small. In characters. */
const VALUE_LENGTH_MAX = 256;

/** What stands after WHERE, over the table `runs`, with its values. */
export interface Condition {
  readonly text: string;
  readonly values: readonly SQLInputValue[];
}

/**
 * The condition that selects runs as a filter asks; outcomes aside, which are counted over what is left.
 *
 * @param namespace undefined: all
 */
export function conditionOf(filter: RunFilter, namespace: string | undefined): Condition {
  const { job, since, trigger, by, params = [] } = filter;
  const place = job?.namespace ?? namespace;
  const given: readonly (Condition | undefined)[] = [
    job === undefined ? undefined : jobIs("job = ?", job.job),
    place === undefined ? undefined : jobIs("namespace = ?", place),
    // A link may name another namespace than the source shows.
    namespace === undefined || namespace === place ? undefined : is("FALSE"),
    since === undefined ? undefined : is("started_at >= ?", since.getTime()),
    trigger === undefined ? undefined : is("trigger = ?", trigger),
    by === undefined ? undefined : is("triggered_by = ?", by),
    ...params.map(({ name, value }) =>
      is("id IN (SELECT run_id FROM params WHERE name = ? AND value = ?)", name, indexed(value)),
    ),
    filter.hideDryRuns ? is("dry_run = 0") : undefined,
    filter.hideRecovered ? is("recovered = 0") : undefined,
  ];
  return allOf(given.filter((each) => each !== undefined));
}

/** Runs of one job are found by an index, where it is named by one number. */
function jobIs(text: string, value: string): Condition {
  return is(`job_id IN (SELECT id FROM jobs WHERE ${text})`, value);
}

export function is(text: string, ...values: SQLInputValue[]): Condition {
  return { text, values };
}

export function allOf(conditions: readonly Condition[]): Condition {
  if (conditions.length === 0) return { text: "TRUE", values: [] };
  return {
    text: conditions.map(({ text }) => text).join(" AND "),
    values: conditions.flatMap(({ values }) => values),
  };
}

/** A run's parameters as filters name them: each value as text, each of a list by itself. */
export function paramTexts(params: unknown): [name: string, value: string][] {
  if (!isRecord(params) || Array.isArray(params)) return [];
  return Object.entries(params).flatMap(([name, given]) =>
    (Array.isArray(given) ? given : [given]).map((each): [string, string] => {
      const text = typeof each === "string" ? each : (JSON.stringify(each) ?? "");
      return [name, indexed(text)];
    }),
  );
}

function indexed(value: string): string {
  if (value.length <= VALUE_LENGTH_MAX) return value;
  return `sha256:${createHash("sha256").update(value).digest("hex")}`;
}
