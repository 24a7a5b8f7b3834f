import { ApiError } from "../../runtime/kube/errors/api-error.ts";
import { refusalOf } from "../../runtime/kube/errors/refusal.ts";
import type { KubeObject } from "../../runtime/kube/surface/objects.ts";
import { explainAnswer } from "../cluster/explain-answer.ts";
import { describeReference, referenceOf } from "../cluster/references.ts";
import { type Manifest, NAMESPACE_LABEL } from "../manifests/manifest.ts";
import { CommandError } from "../terminal/command-error.ts";
import { podFieldError } from "./pod-field-error.ts";

/** Of the fields that are somebody else's, so that the message stays readable. */
const FIELDS_SHOWN = 3;

/**
 * Whose fields, which policy, quota or namespace: what people can do about it, and that nothing was applied.
 *
 * @param manifest what the API server tried when it refused
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

/** How the API server and webhooks say that a dry run is what they refuse. https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#side-effects */
const DRY_RUN = /dry.?run/i;

/** True for what a webhook or a policy refuses, and not the API server itself: it may refuse the dry run alone. */
export function isRefusedByAdmission(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const cause = refusalOf(error)?.cause;
  return cause === "webhook" || cause === "policy" || DRY_RUN.test(error.serverMessage);
}

function untriable(error: ApiError, what: string): CommandError {
  return new CommandError(`${what} cannot be tried in a dry run: ${error.serverMessage}: nothing was applied`, {
    hint: "Make that webhook or policy accept dry runs (sideEffects: None), or add --allow-untried: the deploy is then no longer all or nothing and may stop half-way.",
    cause: error,
  });
}

/** Which manager owns which fields. The server names the manager only in words. https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts */
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

/** What a controller was answered when it tried to create something, as its event quotes it. */
export function refusalIn(message: string, namespace: string): ApiError {
  const attributes = { verb: "create", group: "", version: "v1", resource: "pods", namespace } as const;
  return new ApiError(message, { code: 403, reason: "Forbidden", serverMessage: message, attributes });
}
