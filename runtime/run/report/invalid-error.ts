/** Something that a person or the job gave cannot be used: the run is `invalid`, and is not tried again. */
export abstract class InvalidError extends Error {
  /** A stable word for programs. */
  abstract readonly reason: string;
  readonly hint?: string;

  constructor(message: string, hint?: string) {
    super(message);
    if (hint !== undefined) this.hint = hint;
  }
}

/** The parameters are no JSON object, or the job's schema refuses them. */
export class InvalidParamsError extends InvalidError {
  override readonly name = "InvalidParamsError";
  readonly reason = "InvalidParams";
}

/** What the job returned is not JSON, too large, or not what its `result` schema expects. */
export class InvalidResultError extends InvalidError {
  override readonly name = "InvalidResultError";
  readonly reason = "InvalidResult";
}

/** The plan that the run must keep to is not there, or is none. */
export class InvalidPlanError extends InvalidError {
  override readonly name = "InvalidPlanError";
  readonly reason = "InvalidPlan";
}

/** One of the secrets that the job declares is not there. */
export class MissingSecretError extends InvalidError {
  override readonly name = "MissingSecretError";
  readonly reason = "MissingSecret";
}
