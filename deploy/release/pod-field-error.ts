import type { ApiError } from "../../runtime/kube/errors/api-error.ts";
import type { Origin } from "../settings/merge.ts";
import { CommandError } from "../terminal/command-error.ts";

/** How the server's answer names fields of a CronJob's pods. */
const POD_FIELD = /^.*?\.spec\.jobTemplate\.spec\.template\.(\S+): (.+)$/gm;

interface Field {
  /** As in `Origin`, such as `pod.spec.containers[job].image`. */
  readonly path: string;
  readonly problem: string;
}

/** A job's `pod` has a field that Kubernetes does not have, or a value of another type than the field's. */
export class PodFieldError extends CommandError {
  readonly job: string;
  readonly #fields: readonly Field[];

  constructor(job: string, fields: readonly Field[], hint: string, cause: unknown) {
    super(`${fields.map(({ path, problem }) => `${path}: ${problem}`).join("; ")}: nothing was applied`, {
      hint,
      cause,
    });
    this.job = job;
    this.#fields = fields;
  }

  /** The same, with the file that says so. */
  from(origins: readonly Origin[]): PodFieldError {
    const sources = this.#fields.map(({ path }) => origins.find((origin) => isWithin(origin.path, path))?.source);
    const files = [...new Set(sources.filter((source) => source !== undefined))];
    if (files.length === 0) return this;
    return new PodFieldError(this.job, this.#fields, `Correct \`pod\` in ${files.join(" and ")}; ${SEE}`, this.cause);
  }
}

const SEE = "the fields there are: kubectl explain cronjob.spec.jobTemplate.spec.template.spec";

/** Server-side apply answers a field that no schema has with 500. Undefined where the answer is about something else. */
export function podFieldError(error: ApiError): PodFieldError | undefined {
  const [, job] = /failed to create typed patch object \((?:[^/;]+\/)?([^;]+);/.exec(error.serverMessage) ?? [];
  if (job === undefined) return undefined;
  const fields = [...error.serverMessage.matchAll(POD_FIELD)].map(([, field = "", problem = ""]) => ({
    path: `pod.${field.replaceAll(/\[\w+="([^"]*)"\]/g, "[$1]")}`,
    problem: problem === "field not declared in schema" ? "unknown field" : problem,
  }));
  if (fields.length === 0) return undefined;
  return new PodFieldError(job, fields, `Correct \`pod\` in the job file, or in errand.config.ts; ${SEE}`, error);
}

function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
}
