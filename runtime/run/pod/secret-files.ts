import { hash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { SecretKey } from "../../job/pod-fields.ts";
import { InvalidParamsError, MissingSecretError } from "../report/failure.ts";

/**
 * Reads secrets that are mounted into the pod as files.
 *
 * @param folder one file per secret, with its name
 */
export function secretFileReader(folder: string): (name: string, key: SecretKey) => string {
  return (name, key) => {
    try {
      return readFileSync(`${folder}/${name}`, "utf8");
    } catch (error) {
      const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
      throw new MissingSecretError(
        `secrets.${name}: ${folder}/${name} cannot be read (${why})`,
        `It comes from ${key.replace("/", ", key ")} in the job's namespace, mounted when the pod starts: deploy the job again.`,
      );
    }
  };
}

/** The file of the secret parameters, and its SHA-256 in hex. */
export interface SecretParamsSource {
  readonly file: string;
  readonly sha256: string;
}

/** The secret parameters, or an error if they are not those that the run was started with. */
export interface SecretParams {
  readonly values: Readonly<Record<string, unknown>>;
  readonly error?: InvalidParamsError;
}

/** Reads the run's secret parameters. The Job has their hash, so that others with the right to write Secrets cannot replace them. */
export function readSecretParams(source: SecretParamsSource | undefined): SecretParams {
  if (source === undefined) return { values: {} };
  const hint = "Trigger the run again.";
  try {
    const text = readFileSync(source.file, "utf8");
    if (hash("sha256", text) !== source.sha256) {
      const message = `params: ${source.file} does not have the secret parameters that the run was started with`;
      return { values: {}, error: new InvalidParamsError(message, hint) };
    }
    return { values: (JSON.parse(text) as { readonly params: Readonly<Record<string, unknown>> }).params };
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : "it is not JSON";
    return { values: {}, error: new InvalidParamsError(`params: ${source.file} cannot be read (${why})`, hint) };
  }
}

/**
 * Reads all mounted secrets before any of the job's code runs: the contents are secret, whether or not the job reads them.
 *
 * @returns an empty list if the folder does not exist: the job has no secrets
 */
export function mountedSecrets(folder: string): string[] {
  try {
    // Names with a leading dot are the kubelet's, which swaps folders to update all files atomically.
    return readdirSync(folder).flatMap((name) =>
      name.startsWith("..") ? [] : readFileSync(`${folder}/${name}`, "utf8"),
    );
  } catch {
    return [];
  }
}
