import { builtinResources } from "../../runtime/kube/catalog/builtin.ts";
import type { ApiError } from "../../runtime/kube/errors/api-error.ts";
import { resourceText } from "../../runtime/kube/errors/kube-error.ts";
import { type Refusal, refusalHint, refusalOf } from "../../runtime/kube/errors/refusal.ts";
import { OUTCOMES } from "../../runtime/run/report/outcome.ts";
import { TRY_LATER_EXIT_CODE, USAGE_EXIT_CODE } from "../terminal/command-error.ts";

/** What an API server's answer means for the person who runs a command. */
export interface ExplainedAnswer {
  readonly says: string;
  /** True if `says` is a whole sentence; otherwise the object must be named before it. */
  readonly isWhole: boolean;
  readonly hint: string;
  readonly exitCode: number;
}

const DENIED = OUTCOMES.denied.exitCode;
const INVALID = OUTCOMES.invalid.exitCode;
const UNAVAILABLE = OUTCOMES.unreachable.exitCode;

/**
 * Explains an error from its cause, which only the server's words tell: the same code may mean a missing right, a policy or a quota. The exit code is that of
 * `denied` only if rights are missing.
 *
 * @returns undefined if the error's own message says it all
 */
export function explainAnswer(error: ApiError): ExplainedAnswer | undefined {
  const refusal = refusalOf(error);
  if (refusal === undefined) return explainCode(error);
  const place = placeOf(error);
  const { by = "", words } = refusal;
  switch (refusal.cause) {
    case "rights":
      return explainRights(error, words);
    case "policy":
      return about(
        `refused by the policy ${by}: ${words}`,
        whatToChange(words, `kubectl get validatingadmissionpolicy ${by} -o yaml`),
        INVALID,
      );
    case "webhook":
      return about(
        `refused by the admission webhook ${by}: ${words}`,
        whatToChange(words, "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations"),
        INVALID,
      );
    case "webhookAway":
    case "conversionAway":
      return about(
        `the ${refusal.cause === "webhookAway" ? "admission webhook" : "conversion webhook for"} ${by} could not be called: ${words}`,
        "This is not about rights: its server must run again. Ask whoever maintains it, then try again.",
        UNAVAILABLE,
      );
    case "quota":
      return about(
        `quota "${by}" is used up: ${words}`,
        `Ask for a larger quota, or remove what you no longer need: kubectl describe quota ${by}${place}`,
        TRY_LATER_EXIT_CODE,
      );
    case "terminating":
      return explainTerminating(error.attributes?.namespace ?? by);
    case "admission":
      return explainAdmission(refusal, place);
  }
}

function about(says: string, hint: string, exitCode: number): ExplainedAnswer {
  return { says, isWhole: false, hint, exitCode };
}

function whole(says: string, hint: string, exitCode: number): ExplainedAnswer {
  return { says, isWhole: true, hint, exitCode };
}

/** The `-n` flag for a kubectl command. */
function placeOf({ attributes }: ApiError): string {
  return attributes?.namespace === undefined ? "" : ` -n ${attributes.namespace}`;
}

function explainTerminating(namespace: string): ExplainedAnswer {
  return whole(
    `Namespace "${namespace}" is being deleted: nothing can be created in it`,
    `Choose another with -n, or wait until it is gone; to see what delays it: kubectl get namespace ${namespace} -o yaml`,
    INVALID,
  );
}

function explainRights(error: ApiError, words: string): ExplainedAnswer | undefined {
  const { attributes } = error;
  if (words.includes("attempting to grant RBAC permissions")) {
    return whole(
      "You cannot grant the job rights that you do not have",
      `Ask an administrator to deploy it, or for these rights: ${missingRights(words)}`,
      DENIED,
    );
  }
  if (words.includes('User "system:anonymous"')) {
    return whole(
      `The API server does not know who you are (system:anonymous): ${words}`,
      "This context sends no credentials that the server accepts. Log in again, or choose another context: kubectl config view --minify",
      DENIED,
    );
  }
  const who = /cannot impersonate resource "(\w+?)s?"/.exec(words)?.[1];
  if (who !== undefined) {
    return whole(
      `You may not act as another ${who}: ${words}`,
      "Ask for the right to impersonate, or do without `as` in the kubeconfig or --as-job.",
      DENIED,
    );
  }
  if (/User "system:node:|forbidden: node "/.test(words)) {
    return whole(
      `The API server treats you as a node: ${words}`,
      "Nodes may only use what their own pods need, whatever RBAC says. Use a context with another user.",
      DENIED,
    );
  }
  if (attributes === undefined) return undefined;
  const place = attributes.namespace === undefined ? "in the whole cluster" : `in namespace "${attributes.namespace}"`;
  return whole(
    `You may not ${attributes.verb} ${resourceText(attributes)} ${place}: ${words}`,
    `Ask for that right; to see your rights: kubectl auth can-i --list${placeOf(error)}`,
    DENIED,
  );
}

/** The server writes them in Go's format: `{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}`. */
function missingRights(message: string): string {
  const rights = [...message.matchAll(/\{APIGroups:\[([^\]]*)\], Resources:\[([^\]]*)\].*?Verbs:\[([^\]]*)\]\}/g)];
  const words = rights.map(([, , resources = "", verbs = ""]) => `${verbs} ${resources}`.replaceAll('"', ""));
  return words.length > 0 ? words.join("; ") : message;
}

/** What the API server's own admission controllers refuse. https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/ */
const ADMISSION: readonly (readonly [RegExp, hint: (place: string) => string])[] = [
  [
    /violates PodSecurity/,
    () =>
      "Its pods exceed the namespace's Pod Security level: see what `pod` in the job file or in errand.config.ts adds, or choose another namespace.",
  ],
  [
    /failed quota: .*must specify/,
    () =>
      "The namespace's quota requires values that the job does not set: set `resources` in the job file or in errand.config.ts.",
  ],
  [
    /usage per \w+ is|limit to request ratio/,
    (place) => `Set \`resources\` within the namespace's limits: kubectl describe limitrange${place}`,
  ],
  [/serviceaccount "[^"]*" not found/, () => "Deploy the job again: its ServiceAccount is missing."],
  [/PriorityClass/, () => "Set an existing priority class in `pod`: kubectl get priorityclasses"],
  [
    /security context constraint/,
    () => "No SecurityContextConstraints allow its pods: kubectl get scc; see `runAsUser: null` in the job file.",
  ],
];

function explainAdmission(refusal: Refusal, place: string): ExplainedAnswer {
  const { words } = refusal;
  if (/^<|^an answer of type /.test(words)) {
    return about(
      `something before the API server refused it (403): ${words}`,
      "This answer is not from Kubernetes. Check the proxy and the `server` of the context: kubectl config view --minify",
      OUTCOMES.failed.exitCode,
    );
  }
  const found = ADMISSION.find(([pattern]) => pattern.test(words));
  const hint = found?.[1](place) ?? `It is not about rights: ${refusalHint(refusal)}.`;
  return about(`refused by the API server: ${words}`, hint, found === undefined ? OUTCOMES.failed.exitCode : INVALID);
}

/** The settings that a policy's message is about. */
const SETTINGS: readonly (readonly [RegExp, string])[] = [
  [/\blabel/i, "labels"],
  [/\bannotation/i, "annotations"],
  [/\b(?:image|registry|registries|digest)/i, "image"],
  [/\b(?:cpu|memory|resources?\.|limits?|requests?)\b/i, "resources"],
  [/\b(?:pod|container|volume|toleration|node|securityContext|priority)/i, "pod"],
];

function whatToChange(words: string, keeper: string): string {
  // errand's own policy, from `errand render --admission-policy`.
  if (words.includes("reserved for its deployers"))
    return `Ask to be added to --deployers or --operators of that policy, or ask one of them: ${keeper}`;
  const settings = SETTINGS.filter(([pattern]) => pattern.test(words)).map(([, name]) => `\`${name}\``);
  const where = settings.length === 0 ? "what it names" : settings.join(" or ");
  return `Set ${where} in errand.config.ts or in the job file, or ask whoever maintains it: ${keeper}`;
}

/** Explains errors that are not refusals. */
function explainCode(error: ApiError): ExplainedAnswer | undefined {
  const { code, attributes, serverMessage, details, reason } = error;
  const words = serverMessage.replace(/\s+/g, " ").trim();
  if (code === 401) {
    return whole(
      "The API server does not accept the credentials of this context (401)",
      "Log in again, or choose another context with --context.",
      DENIED,
    );
  }
  if (reason === "NotFound" && details.kind === "namespaces" && attributes?.namespace !== undefined) {
    return whole(
      `Namespace "${attributes.namespace}" does not exist`,
      `Choose another with -n, or create it: kubectl create namespace ${attributes.namespace}`,
      USAGE_EXIT_CODE,
    );
  }
  if (reason === "Conflict")
    return about(`it changed at the same moment: ${words}`, "Run the command again.", TRY_LATER_EXIT_CODE);
  if (code === 413)
    return about(
      `it is too large for the API server: ${words}`,
      "Make it smaller: a ConfigMap can hold 1 MiB, a request 3 MiB.",
      INVALID,
    );
  if (code === 422) {
    const fields = [...new Set((details.causes ?? []).map(({ field }) => field).filter(Boolean))].join(", ");
    return about(
      `it is not valid: ${words}`,
      `Correct ${fields || "what the server names"} in the job file or in errand.config.ts.`,
      INVALID,
    );
  }
  if (code === 429)
    return whole(`The API server is too busy right now: ${words}`, "Try again in a moment.", TRY_LATER_EXIT_CODE);
  if (code === 503) return explainUnavailable(error, words);
  return undefined;
}

/** An aggregated API group may be unavailable while all others work. https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/ */
function explainUnavailable({ attributes, message }: ApiError, words: string): ExplainedAnswer {
  const group = attributes?.group ?? /\/apis\/([^/:\s]+)\/[^/:\s]+:/.exec(message)?.[1];
  if (group === undefined || builtinResources().some((each) => each.group === group)) {
    return whole(`The API server is not available right now: ${words}`, "Try again in a moment.", UNAVAILABLE);
  }
  return whole(
    `The API group ${group} is not available right now: ${words}`,
    `Its own server is down; other API groups work. See: kubectl get apiservices | grep ${group}`,
    UNAVAILABLE,
  );
}
