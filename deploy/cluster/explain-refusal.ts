import { ApiError } from "../../runtime/kube/errors/api-error.ts";
import type { KubeObject } from "../../runtime/kube/objects.ts";
import { CommandError } from "../command-error.ts";
import { type Manifest, NAMESPACE_LABEL } from "../manifests/manifest.ts";
import { podFieldError } from "./pod-field-error.ts";
import { describeReference, referenceOf } from "./resource-path.ts";

/** Of the fields that are somebody else's, so that the message stays readable. */
const FIELDS_SHOWN = 3;

/** Whose fields, whose namespace, which rights: what people can do about it. Other errors are explained where all are. */
export function explainRefusal(error: unknown, manifest: Manifest): unknown {
  if (!(error instanceof ApiError)) return error;
  const ofPod = podFieldError(error);
  if (ofPod !== undefined) return ofPod;
  const what = describeReference(referenceOf(manifest as KubeObject));
  const { namespace } = manifest.metadata;
  if (error.reason === "Conflict" && error.causes.length > 0) return conflict(error, what, manifest);
  if (error.reason === "NotFound" && error.details.kind === "namespaces") {
    return new CommandError(`There is no namespace "${namespace}": nothing was applied`, {
      hint: `Choose one with -n, or make it: kubectl create namespace ${namespace}`,
      cause: error,
    });
  }
  if (
    error.reason === "Forbidden" &&
    /attempting to grant RBAC permissions not currently held/.test(error.serverMessage)
  ) {
    return new CommandError(`You cannot give the job rights that you do not have yourself: nothing was applied`, {
      hint: `Ask an administrator to deploy it, or for these rights: ${missingRights(error.serverMessage)}`,
      exitCode: 77,
      cause: error,
    });
  }
  return error;
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
    hint: `Let ${[...fieldsByManager.keys()].join(" and ")} go on without them, or take them with --force-conflicts; to see what is there: errand diff FILE${place} --force-conflicts`,
    cause: error,
  });
}

/** The server writes them as Go prints them: `{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}`. */
function missingRights(message: string): string {
  const rights = [...message.matchAll(/\{APIGroups:\[([^\]]*)\], Resources:\[([^\]]*)\].*?Verbs:\[([^\]]*)\]\}/g)];
  const words = rights.map(([, , resources = "", verbs = ""]) => `${verbs} ${resources}`.replaceAll('"', ""));
  return words.length > 0 ? words.join("; ") : message;
}
