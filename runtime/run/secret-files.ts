import { readdirSync, readFileSync } from "node:fs";
import type { SecretKey } from "../job/pod-fields.ts";
import { MissingSecretError } from "./invalid-error.ts";

/**
 * Makes what reads secrets from the files that the pod has mounted.
 *
 * @param folder with one file a secret, called by its name
 */
export function secretFileReader(folder: string): (name: string, key: SecretKey) => string {
  return (name, key) => {
    try {
      return readFileSync(`${folder}/${name}`, "utf8");
    } catch (error) {
      const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
      throw new MissingSecretError(
        `secrets.${name}: ${folder}/${name} cannot be read (${why})`,
        `It comes from ${key.replace("/", ", key ")} of the job's namespace, mounted when the pod starts: deploy the job again.`,
      );
    }
  };
}

/**
 * Reads everything that is mounted as a secret, before any of the job's code runs: what a file there holds is secret, whoever will ask for it.
 *
 * @returns nothing where there is no such folder: then the job has no secrets
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
