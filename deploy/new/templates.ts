import { readFileSync } from "node:fs";
import { packageFolder } from "../build/package.ts";

/** What `errand new` can begin with: the template's name, and what its job does. */
export const TEMPLATES = {
  inventory: "counts pods, restarts and images; changes nothing",
  cleanup: "deletes pods that ended a while ago, up to a limit",
  restart: "restarts chosen deployments one after the other",
  report: "reports containers that fail to start or restart too often",
  watch: "watches pods for a while and reports those that fail",
  "custom-resource": "lists cert-manager certificates that expire soon",
} as const;

export type TemplateName = keyof typeof TEMPLATES;

export const TEMPLATE_NAMES = Object.keys(TEMPLATES) as TemplateName[];

/** It changes nothing in a cluster, whoever runs it. */
export const DEFAULT_TEMPLATE: TemplateName = "inventory";

/** A template's two files. */
export interface Template {
  readonly job: string;
  readonly test: string;
}

/** Reads a template, with its test made for a job of this name. */
export function readTemplate(template: TemplateName, jobName: string): Template {
  const read = (file: string) => readFileSync(`${packageFolder()}deploy/new/templates/${file}`, "utf8");
  return {
    job: read(`${template}.ts`),
    test: read(`${template}.test.ts`).replace(`"./${template}.ts"`, `"./${jobName}.ts"`),
  };
}
