import type { ApiError } from "./api-error.ts";

/** Why an API server refused a request or failed to serve it. Only `rights` is fixed by a Role. */
type RefusalCause =
  | "rights"
  | "policy"
  | "webhook"
  | "quota"
  | "terminating"
  | "webhookAway"
  | "conversionAway"
  | "admission";

export interface Refusal {
  readonly cause: RefusalCause;
  /** The policy, webhook, quota or namespace that refused. */
  readonly by?: string;
  /** The server's own message without its wrapping, on one line. */
  readonly words: string;
}

/**
 * The server's wording for each cause, since code and reason do not tell them apart: a policy may answer with 401, 403, 413 or 422, a webhook with any code.
 * Patterns of messages that quote other text come first.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/, https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
const WORDINGS: readonly (readonly [RefusalCause, RegExp])[] = [
  ["policy", /AdmissionPolicy '(?<by>[^']*)' (?:with binding '[^']*' )?denied request: (?<words>.*)/],
  ["webhook", /admission webhook "(?<by>[^"]*)" denied the request(?:: )?(?<words>.*)/],
  ["webhookAway", /failed calling webhook "(?<by>[^"]*)": (?<words>.*)/],
  ["conversionAway", /conversion webhook for (?<by>.*?) failed: (?<words>.*)/],
  ["quota", /exceeded quota: (?<by>[^,]*), (?<words>.*)/],
  ["terminating", /in namespace (?<by>\S*) because it is being terminated/],
];

/** RBAC and other authorizers, privilege escalation, node restriction, and blockOwnerDeletion. */
const ABOUT_RIGHTS =
  /\bUser .+ cannot\b|attempting to grant RBAC permissions|cannot set blockOwnerDeletion|not permitted to|not allowed to|forbidden: node "/;

/** How much of the message is matched, in characters: a hostile server must not make the patterns slow. */
const MAX_CHARACTERS = 8_192;

/**
 * Tells from an error why the request was refused.
 *
 * @returns undefined if the error is not a refusal: the object was not found, is invalid, has changed…
 */
export function refusalOf({ code, serverMessage, details }: ApiError): Refusal | undefined {
  const text = serverMessage.slice(0, MAX_CHARACTERS).replace(/\s+/g, " ").trim();
  for (const [cause, pattern] of WORDINGS) {
    const { by, words } = pattern.exec(text)?.groups ?? {};
    if (by !== undefined) return { cause, by, words: words?.trim() || text };
  }
  if (details.causes?.some(({ reason }) => reason === "NamespaceTerminating"))
    return { cause: "terminating", words: text };
  if (code !== 403) return undefined;
  // Kubernetes 1.37 gives no reason for the create behind an exec.
  const isRights = ABOUT_RIGHTS.test(text) || /^$|is forbidden:$/.test(text);
  return { cause: isRights ? "rights" : "admission", words: text };
}

/** What the job's author can do. Undefined if rights are missing. */
export function refusalHint({ cause, by = "" }: Refusal): string | undefined {
  if (cause === "rights") return undefined;
  if (cause === "quota")
    return `quota "${by}" is used up; more rights will not help: delete what you no longer need, or have it raised`;
  if (cause === "terminating") return "the namespace is being deleted: nothing can be created in it";
  if (cause.endsWith("Away")) return `the webhook for ${by} does not answer: ask its owner, and try again later`;
  const who = by === "" ? "the cluster's admission" : `the ${cause} ${by}`;
  return `${who} refused the request; more rights will not help: change what its message names, or ask its owner`;
}
