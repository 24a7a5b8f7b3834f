import { createHash } from "node:crypto";
import { isRecord } from "../../../runtime/job/problem.ts";

/** A longer value of a parameter is found by its hash, so that the table that finds runs by parameters stays small. In characters. */
const VALUE_LENGTH_MAX = 256;

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
