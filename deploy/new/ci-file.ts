import { readFileSync } from "node:fs";
import { packageFolder } from "../package.ts";

/** Where each service looks for its file, and which of ours that is. */
export const CI_FILES = {
  github: { path: ".github/workflows/errand.yml", example: "github-actions.yml" },
  gitlab: { path: ".gitlab-ci.yml", example: "gitlab-ci.yml" },
} as const;

export type CiService = keyof typeof CI_FILES;

export const CI_SERVICES = Object.keys(CI_FILES) as CiService[];

/** Reads the file that a CI service runs. */
export function readCiFile(service: CiService): string {
  return readFileSync(`${packageFolder()}deploy/gitops/${CI_FILES[service].example}`, "utf8");
}
