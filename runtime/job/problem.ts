export interface DefinitionProblem {
  /** The path of the field, such as `access.podz` or `timeout`. */
  readonly field: string;
  /** The problem and what was expected. */
  readonly message: string;
}

export function problem(field: string, message: string): DefinitionProblem {
  return { field, message };
}

/** An invalid job file. The message says what is wrong, where, and what was expected. */
export class DefinitionError extends Error {
  override readonly name = "DefinitionError";
  readonly problems: readonly DefinitionProblem[];

  /** @param problems at least one */
  constructor(problems: readonly DefinitionProblem[]) {
    super(problems.map((problem) => `${problem.field}: ${problem.message}`).join("\n"));
    this.problems = problems;
  }
}

/** True for any object, including arrays. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** True for an array of non-empty strings. */
export function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string" && item !== "");
}
