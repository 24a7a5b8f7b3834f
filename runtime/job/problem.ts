import type { DefinitionProblem } from "./errors.ts";

export function problem(field: string, message: string): DefinitionProblem {
  return { field, message };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
