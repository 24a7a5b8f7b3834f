import { readFileSync } from "node:fs";
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
