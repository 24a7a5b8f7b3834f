import type { AccessRule, Verb } from "../../job/access.ts";
import type { Scope } from "../../job/definition.ts";
import { ApiError } from "../errors/api-error.ts";
import { NotDeclaredError, OutOfScopeError, requestText, resourceText } from "../errors/kube-error.ts";
import { refusalHint, refusalOf } from "../errors/refusal.ts";
import type { KubeRequest, ResourceAttributes, Step } from "../requests/request.ts";

/**
 * Paths that every authenticated user may read: discovery, version and health. Of discovery only the documents themselves: below a group's version
 * are objects. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles
 */
const OPEN_PATHS = [
  /^\/api(\/[^/]+)?$/,
  /^\/apis(\/[^/]+){0,2}$/,
  /^\/version$/,
  /^\/(healthz|livez|readyz)(\/[^/]+)*$/,
  /^\/openapi(\/[^/]+)*$/,
];

interface AccessGuardParts {
  readonly rules: readonly AccessRule[];
  /** Its name in messages. */
  readonly serviceAccount: string | undefined;
}

/** Allows the calls that `access` declares and refuses all others before they are sent. Explains the server's own refusals. */
export function accessGuard({ rules, serviceAccount }: AccessGuardParts): Step {
  return (next) => async (request) => {
    const { attributes } = request;
    refuseUndeclared(rules, request);
    try {
      return await next(request);
    } catch (error) {
      if (error instanceof ApiError) throw explained(error, attributes, rules, serviceAccount);
      throw error;
    }
  };
}

function refuseUndeclared(rules: readonly AccessRule[], request: KubeRequest): void {
  const { attributes } = request;
  if (attributes === undefined) {
    const isRead = request.method === "GET";
    if (isRead && (OPEN_PATHS.some((open) => open.test(request.path)) || allowsPath(rules, request.path))) return;
    throw new NotDeclaredError(
      `the job may not ${request.method} ${request.path}: access does not declare it; nothing was sent`,
      {
        hint: `add ${JSON.stringify(request.path)}: ["get"] to access and deploy again`,
      },
    );
  }
  if (isSelfReview(attributes) || allows(rules, attributes)) return;
  throw new NotDeclaredError(
    `the job may not ${requestText(attributes, "")}: access does not declare it; nothing was sent`,
    {
      attributes,
      hint: `add ${neededEntry(rules, attributes)} to access and deploy again`,
    },
  );
}

/**
 * Adds who was refused, and what to do. If rights are missing, either `access` or the Role is out of date; for anything else, such as a policy or
 * a quota, changing `access` does not help.
 */
function explained(
  error: ApiError,
  attributes: ResourceAttributes | undefined,
  rules: readonly AccessRule[],
  serviceAccount: string | undefined,
): ApiError {
  const refusal = refusalOf(error);
  if (refusal === undefined || (refusal.cause === "rights" && attributes === undefined)) return error;
  if (refusal.cause !== "rights" || attributes === undefined)
    return Object.assign(error, { hint: refusalHint(refusal) });
  const user = /User "([^"]+)"/.exec(error.serverMessage)?.[1];
  const who = serviceAccount === undefined ? (user ?? "this identity") : `service account "${serviceAccount}"`;
  const entry = neededEntry(rules, attributes);
  // A run on a person's machine has that person's rights: there is no Role to redeploy.
  const isPerson = serviceAccount === undefined && !user?.startsWith("system:serviceaccount:");
  const hint = allows(rules, attributes)
    ? isPerson
      ? `access declares it, but ${who} lacks that right in the cluster: ask for it (needed: ${entry})`
      : `access declares it, but its Role or RoleBinding in the cluster does not grant it: deploy the job again (needed: ${entry})`
    : `add ${entry} to access and deploy again`;
  return new ApiError(`${who} may not ${requestText(attributes, "")}: 403 Forbidden: ${error.serverMessage}`, {
    ...error,
    hint,
    cause: error.cause,
  });
}

/** Restricts a job to the namespaces in its `scope`; default: its own. */
export function namespaceScope(scope: Scope, own: string): Step {
  return (next) => {
    if (scope === "cluster") return next;
    const namespaces = scope === "namespace" ? [own] : [own, ...scope.namespaces];
    return async (request) => {
      const { attributes } = request;
      if (attributes?.allNamespaces) {
        throw new OutOfScopeError(
          `${requestText(attributes, "")} in all namespaces is outside the job's scope; nothing was sent`,
          {
            attributes,
            hint: 'declare scope: "cluster" and deploy again',
          },
        );
      }
      if (attributes?.namespace !== undefined && !namespaces.includes(attributes.namespace)) {
        throw new OutOfScopeError(`${requestText(attributes, "")} is outside the job's scope; nothing was sent`, {
          attributes,
          hint: `declare scope: { namespaces: [${JSON.stringify(attributes.namespace)}] } and deploy again`,
        });
      }
      return next(request);
    };
  };
}

/** Reviews of the caller's own rights: every authenticated user may create them, and they change nothing. */
const SELF_REVIEWS = /^selfsubject(access|rules)?reviews$/;

/** True for a review of the caller itself, which needs no rule and is not a mutation. */
export function isSelfReview(attributes: Pick<ResourceAttributes, "group" | "resource">): boolean {
  const isReviewGroup = attributes.group === "authorization.k8s.io" || attributes.group === "authentication.k8s.io";
  return isReviewGroup && SELF_REVIEWS.test(attributes.resource);
}

function isAbout(rule: AccessRule, attributes: ResourceAttributes): boolean {
  return (
    rule.group === attributes.group &&
    rule.resource === attributes.resource &&
    rule.subresource === attributes.subresource
  );
}

/** True if a rule allows the request, evaluated like RBAC. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources */
export function allows(rules: readonly AccessRule[], attributes: ResourceAttributes): boolean {
  const verbs = [attributes.verb, ...(attributes.alsoNeeds ?? [])];
  return rules.some((rule) => {
    if (!isAbout(rule, attributes) || !verbs.every((verb) => rule.verbs.includes(verb))) return false;
    return rule.names === undefined || (attributes.name !== undefined && rule.names.includes(attributes.name));
  });
}

/** True if a rule allows reading a non-resource path. */
function allowsPath(rules: readonly AccessRule[], path: string): boolean {
  return rules.some((rule) => {
    if (rule.path === undefined) return false;
    return rule.path.endsWith("*") ? path.startsWith(rule.path.slice(0, -1)) : path === rule.path;
  });
}

/** The entry of `access` that a request needs, merged with the declared one: `pods: ["list", "delete"]`. */
function neededEntry(rules: readonly AccessRule[], attributes: ResourceAttributes): string {
  const declared = rules.find((rule) => isAbout(rule, attributes));
  const verbs: readonly Verb[] = [
    ...new Set([...(declared?.verbs ?? []), attributes.verb, ...(attributes.alsoNeeds ?? [])]),
  ];
  const key = declared?.key ?? resourceText(attributes);
  const quotedKey = /^[a-z]+$/.test(key) ? key : JSON.stringify(key);
  const list = `[${verbs.map((verb) => JSON.stringify(verb)).join(", ")}]`;
  if (declared?.names === undefined) return `${quotedKey}: ${list}`;
  const names = [...new Set([...declared.names, ...(attributes.name === undefined ? [] : [attributes.name])])];
  return `${quotedKey}: { verbs: ${list}, names: ${JSON.stringify(names)} }`;
}
