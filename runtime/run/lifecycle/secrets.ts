import type { SecretKey } from "../../job/pod-fields.ts";
import type { Redactor } from "../output/redactor.ts";
import { MissingSecretError } from "../report/invalid-error.ts";
import type { RunOptions } from "./run-options.ts";

/** The values of a job's secrets, by the names that the job gave them. */
export type Secrets = Readonly<Record<string, string>>;

/**
 * Reads what a job's `secrets` name, and makes each value known as a secret before anything else is done with it.
 *
 * @param declared name to `SECRET/KEY`
 * @throws {MissingSecretError} where one is not there
 */
export async function readSecrets(
  declared: Readonly<Record<string, SecretKey>> = {},
  { readSecret }: Pick<RunOptions, "readSecret">,
  redactor: Redactor,
): Promise<Secrets> {
  const secrets: Record<string, string> = {};
  for (const [name, key] of Object.entries(declared)) {
    if (readSecret === undefined) throw new MissingSecretError(`secrets.${name}: this run has no secrets to give`);
    const value = await readSecret(name, key);
    redactor.add(value);
    secrets[name] = value;
  }
  return secrets;
}
