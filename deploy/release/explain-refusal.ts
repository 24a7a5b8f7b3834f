import { ApiError } from "../../runtime/kube/errors/api-error.ts";
import { refusalOf } from "../../runtime/kube/errors/refusal.ts";
import type { KubeObject } from "../../runtime/kube/surface/objects.ts";
import { explainAnswer } from "../cluster/explain-answer.ts";
import { describeReference, referenceOf } from "../cluster/references.ts";
import { type Manifest, NAMESPACE_LABEL } from "../manifests/manifest.ts";
import type { Origin } from "../settings/merge.ts";
import { CommandError } from "../terminal/command-error.ts";

/** How many of the fields that somebody else owns are named, so that the message stays readable. */
const FIELDS_SHOWN = 3;

/**
 * Says why the API server refused a manifest in a dry run (whose fields, which policy, quota or namespace), what to do about it, and that nothing was applied.
 *
 * @param manifest what it refused
 * @returns the error itself where there is nothing to add
 */
export function explainRefusal(error: unknown, manifest: Manifest): unknown {
  if (!(error instanceof ApiError)) return error;
  const ofPod = podFieldError(error);
  if (ofPod !== undefined) return ofPod;
  const what = describeReference(referenceOf(manifest as KubeObject));
  if (DRY_RUN.test(error.serverMessage)) return untriable(error, what);
  if (error.reason === "Conflict" && error.causes.length > 0) return conflict(error, what, manifest);
  const explained = explainAnswer(error);
  if (explained === undefined) return error;
  const { says, isWhole, hint, exitCode } = explained;
  return new CommandError(`${isWhole ? "" : `${what}: `}${says}: nothing was applied`, {
    hint,
    exitCode,
    cause: error,
  });
}

/** How the API server and webhooks say that they refuse dry runs. https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#side-effects */
const DRY_RUN = /dry.?run/i;

/** True where a webhook or a policy refused, not the API server itself: they may refuse only the dry run. */
export function isRefusedByAdmission(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const cause = refusalOf(error)?.cause;
  return cause === "webhook" || cause === "policy" || DRY_RUN.test(error.serverMessage);
}

function untriable(error: ApiError, what: string): CommandError {
  return new CommandError(`${what} cannot be tried in a dry run: ${error.serverMessage}: nothing was applied`, {
    hint: "Make that webhook or policy accept dry runs (sideEffects: None), or add --allow-untried; the deploy is then not all or nothing and may stop half-way.",
    cause: error,
  });
}

/** Which manager owns which fields. The server names managers only in its message. https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts */
function conflict(error: ApiError, what: string, { metadata }: Manifest): CommandError {
  const fieldsByManager = new Map<string, string[]>();
  for (const { message = "", field } of error.causes) {
    const manager = /"([^"]+)"/.exec(message)?.[1] ?? "somebody else";
    fieldsByManager.set(manager, [...(fieldsByManager.get(manager) ?? []), ...(field === undefined ? [] : [field])]);
  }
  const owned = [...fieldsByManager].map(([manager, fields]) => {
    const more = fields.length > FIELDS_SHOWN ? ` and ${fields.length - FIELDS_SHOWN} more` : "";
    return `${manager} owns ${fields.slice(0, FIELDS_SHOWN).join(", ")}${more}`;
  });
  const namespace = metadata.labels?.[NAMESPACE_LABEL] ?? metadata.namespace;
  const place = namespace === undefined ? "" : ` -n ${namespace}`;
  return new CommandError(`${what}: ${owned.join("; ")}: nothing was applied`, {
    hint: `Stop managing them with ${[...fieldsByManager.keys()].join(" and ")}, or take them with --force-conflicts; to see them: errand diff FILE${place} --force-conflicts`,
    cause: error,
  });
}

/** The error that a controller got when it tried to create a pod, from the event that quotes it. */
export function refusalIn(message: string, namespace: string): ApiError {
  const attributes = { verb: "create", group: "", version: "v1", resource: "pods", namespace } as const;
  return new ApiError(message, { code: 403, reason: "Forbidden", serverMessage: message, attributes });
}

/** How the server's message names fields of a CronJob's pods. */
const POD_FIELD = /^.*?\.spec\.jobTemplate\.spec\.template\.(\S+): (.+)$/gm;

interface Field {
  /** As in `Origin`, such as `pod.spec.containers[job].image`. */
  readonly path: string;
  readonly problem: string;
}

/** A job's `pod` has a field that Kubernetes does not know, or a value of the wrong type. */
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

  /** The same error, with the files that set the fields. */
  from(origins: readonly Origin[]): PodFieldError {
    const sources = this.#fields.map(({ path }) => origins.find((origin) => isWithin(origin.path, path))?.source);
    const files = [...new Set(sources.filter((source) => source !== undefined))];
    if (files.length === 0) return this;
    return new PodFieldError(this.job, this.#fields, `Correct \`pod\` in ${files.join(" and ")}; ${SEE}`, this.cause);
  }
}

const SEE = "to list the fields: kubectl explain cronjob.spec.jobTemplate.spec.template.spec";

/** Server-side apply answers an unknown field with 500. @returns undefined where the answer is about something else */
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

/** Adds to a {@link PodFieldError} which file sets the field; any other error is returned as it is. */
export function withFieldSource(
  error: unknown,
  jobs: readonly { readonly name: string; readonly origins: readonly Origin[] }[],
): unknown {
  if (!(error instanceof PodFieldError)) return error;
  return error.from(jobs.find(({ name }) => name === error.job)?.origins ?? []);
}
