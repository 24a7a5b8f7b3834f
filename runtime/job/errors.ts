/** Thrown by a job to end its run as `failed` at once: trying again would not help, so Kubernetes does not retry it. */
export class FatalError extends Error {
  override readonly name = "FatalError";
}

/** A job file or a parameter that cannot be used. Its message is for the person who wrote it: what is wrong, where, and what was expected. */
export class DefinitionError extends Error {
  override readonly name = "DefinitionError";
  readonly problems: readonly DefinitionProblem[];

  /** @param problems at least one */
  constructor(problems: readonly DefinitionProblem[]) {
    super(problems.map((problem) => `${problem.field}: ${problem.message}`).join("\n"));
    this.problems = problems;
  }
}

/** One thing that is wrong with a job definition. */
export interface DefinitionProblem {
  /** The path of the field, such as `access.podz` or `timeout`. */
  readonly field: string;
  /** What is wrong and what was expected. */
  readonly message: string;
}
