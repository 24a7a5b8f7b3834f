import { hash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { SecretKey } from "../../job/pod-fields.ts";
import { InvalidParamsError, MissingSecretError } from "../report/failure.ts";

/**
 * Creates a reader of the secrets that are mounted into the pod as files.
 *
 * @param folder has one file for each secret, named like it
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

/** Where secret parameters are, and the SHA-256 of that file in hexadecimal digits. */
export interface SecretParamsSource {
  readonly file: string;
  readonly sha256: string;
}

/** Secret parameters as they were found. If they are not those that the run was started with, there are none, and an error. */
export interface SecretParams {
  readonly values: Readonly<Record<string, unknown>>;
  readonly error?: InvalidParamsError;
}

/** Reads the run's secret parameters. The Job holds their hash, so that nobody else who may write Secrets can replace them. */
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
 * Reads everything that is mounted as a secret, before any of the job's code runs: what a file there holds is secret, whether or not the job reads it.
 *
 * @returns an empty list if there is no such folder: then the job has no secrets
 */
export function mountedSecrets(folder: string): string[] {
  try {
    // Those that begin with dots are the kubelet's: it swaps folders to renew all files at once.
    return readdirSync(folder).flatMap((name) =>
      name.startsWith("..") ? [] : readFileSync(`${folder}/${name}`, "utf8"),
    );
  } catch {
    return [];
  }
}
