import type { DefinitionProblem } from "../../runtime/job/errors.ts";
import { CommandError } from "../terminal/command-error.ts";

/** A job file whose definition cannot be used. One line a problem, each with the file and the field, as compilers write them. */
export class JobFileError extends CommandError {
  readonly problems: readonly DefinitionProblem[];

  /** @param file as the person wrote it */
  constructor(file: string, problems: readonly DefinitionProblem[]) {
    super(problems.map(({ field, message }) => `${file}: ${field}: ${message}`).join("\n"));
    this.problems = problems;
  }
}
