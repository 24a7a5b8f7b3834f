import type { AccessRule, Verb } from "../../job/access.ts";
import type { Scope } from "../../job/definition.ts";
import { ApiError } from "../errors/api-error.ts";
import { NotDeclaredError, OutOfScopeError, resourceWord, subjectText } from "../errors/kube-error.ts";
import { refusalHint, refusalOf } from "../errors/refusal.ts";
import type { KubeRequest, RequestSubject, Step } from "../requests/request.ts";

/**
 * What every authenticated user may read: discovery, version and health. Only the discovery documents themselves: what lies below a group's version
 * are the objects. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles
 */
const OPEN_PATHS = [
  /^\/api(\/[^/]+)?$/,
  /^\/apis(\/[^/]+){0,2}$/,
  /^\/version$/,
  /^\/(healthz|livez|readyz)(\/[^/]+)*$/,
  /^\/openapi(\/[^/]+)*$/,
];

export interface AccessGuardParts {
  readonly rules: readonly AccessRule[];
  /** As messages name it. */
  readonly serviceAccount: string | undefined;
}

/** Lets through what `access` declares and refuses the rest before the network; what the server refuses is explained from its cause. */
export function accessGuard({ rules, serviceAccount }: AccessGuardParts): Step {
  return (next) => async (request) => {
    const { subject } = request;
    refuseUndeclared(rules, request);
    try {
      return await next(request);
    } catch (error) {
      if (error instanceof ApiError) throw explained(error, subject, rules, serviceAccount);
      throw error;
    }
  };
}

function refuseUndeclared(rules: readonly AccessRule[], request: KubeRequest): void {
  const { subject } = request;
  if (subject === undefined) {
    const isRead = request.method === "GET";
    if (isRead && (OPEN_PATHS.some((open) => open.test(request.path)) || allowsPath(rules, request.path))) return;
    throw new NotDeclaredError(
      `the job may not ${request.method} ${request.path}: its access does not declare it; nothing was sent`,
      {
        hint: `add ${JSON.stringify(request.path)}: ["get"] to access and deploy again`,
      },
    );
  }
  if (isSelfReview(subject) || allows(rules, subject)) return;
  throw new NotDeclaredError(
    `the job may not ${subjectText(subject, "")}: its access does not declare it; nothing was sent`,
    {
      subject,
      hint: `add ${neededEntry(rules, subject)} to access and deploy again`,
    },
  );
}

/**
 * Who was refused what, and what to do. Where rights are missing the declaration is behind the Role, or the Role behind the declaration; for anything
 * else, such as a policy or a quota, no declaration helps.
 */
function explained(
  error: ApiError,
  subject: RequestSubject | undefined,
  rules: readonly AccessRule[],
  serviceAccount: string | undefined,
): ApiError {
  const refusal = refusalOf(error);
  if (refusal === undefined || (refusal.cause === "rights" && subject === undefined)) return error;
  if (refusal.cause !== "rights" || subject === undefined) return Object.assign(error, { hint: refusalHint(refusal) });
  const user = /User "([^"]+)"/.exec(error.serverMessage)?.[1];
  const who = serviceAccount === undefined ? (user ?? "this identity") : `service account "${serviceAccount}"`;
  const entry = neededEntry(rules, subject);
  // A run on somebody's machine is that person's own: there is no Role to deploy again.
  const isPerson = serviceAccount === undefined && !user?.startsWith("system:serviceaccount:");
  const hint = allows(rules, subject)
    ? isPerson
      ? `access declares it, but ${who} does not have that right in the cluster: ask for it (needed: ${entry})`
      : `access declares it, but its Role or RoleBinding in the cluster does not grant it: deploy the job again (needed: ${entry})`
    : `add ${entry} to access and deploy again`;
  return new ApiError(`${who} may not ${subjectText(subject, "")}: 403 Forbidden: ${error.serverMessage}`, {
    ...error,
    hint,
    cause: error.cause,
  });
}

/** Keeps a job in the namespaces that it declared: its own, unless `scope` says more. */
export function namespaceScope(scope: Scope, own: string): Step {
  return (next) => {
    if (scope === "cluster") return next;
    const namespaces = scope === "namespace" ? [own] : [own, ...scope.namespaces];
    return async (request) => {
      const { subject } = request;
      if (subject?.allNamespaces) {
        throw new OutOfScopeError(
          `${subjectText(subject, "")} in all namespaces is outside of the job's scope; nothing was sent`,
          {
            subject,
            hint: 'declare scope: "cluster" and deploy again',
          },
        );
      }
      if (subject?.namespace !== undefined && !namespaces.includes(subject.namespace)) {
        throw new OutOfScopeError(`${subjectText(subject, "")} is outside of the job's scope; nothing was sent`, {
          subject,
          hint: `declare scope: { namespaces: [${JSON.stringify(subject.namespace)}] } and deploy again`,
        });
      }
      return next(request);
    };
  };
}

/** Groups whose reviews ask about the caller's own rights: every authenticated user may, and nothing changes. */
const SELF_REVIEWS = /^selfsubject(access|rules)?reviews$/;

/** True for a question about the caller itself, which needs no rule and is no mutation. */
export function isSelfReview(subject: Pick<RequestSubject, "group" | "resource">): boolean {
  const isReviewGroup = subject.group === "authorization.k8s.io" || subject.group === "authentication.k8s.io";
  return isReviewGroup && SELF_REVIEWS.test(subject.resource);
}

function isAbout(rule: AccessRule, subject: RequestSubject): boolean {
  return rule.group === subject.group && rule.resource === subject.resource && rule.subresource === subject.subresource;
}

/** True where a rule allows a request, in the way RBAC reads it. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources */
export function allows(rules: readonly AccessRule[], subject: RequestSubject): boolean {
  const verbs = [subject.verb, ...(subject.alsoNeeds ?? [])];
  return rules.some((rule) => {
    if (!isAbout(rule, subject) || !verbs.every((verb) => rule.verbs.includes(verb))) return false;
    return rule.names === undefined || (subject.name !== undefined && rule.names.includes(subject.name));
  });
}

/** True where a rule allows to read a path that is no resource. */
export function allowsPath(rules: readonly AccessRule[], path: string): boolean {
  return rules.some((rule) => {
    if (rule.path === undefined) return false;
    return rule.path.endsWith("*") ? path.startsWith(rule.path.slice(0, -1)) : path === rule.path;
  });
}

/** The entry of `access` that a request needs, with what is declared already: `pods: ["list", "delete"]`. */
export function neededEntry(rules: readonly AccessRule[], subject: RequestSubject): string {
  const declared = rules.find((rule) => isAbout(rule, subject));
  const verbs: readonly Verb[] = [...new Set([...(declared?.verbs ?? []), subject.verb, ...(subject.alsoNeeds ?? [])])];
  const key = declared?.key ?? resourceWord(subject);
  const quotedKey = /^[a-z]+$/.test(key) ? key : JSON.stringify(key);
  const list = `[${verbs.map((verb) => JSON.stringify(verb)).join(", ")}]`;
  if (declared?.names === undefined) return `${quotedKey}: ${list}`;
  const names = [...new Set([...declared.names, ...(subject.name === undefined ? [] : [subject.name])])];
  return `${quotedKey}: { verbs: ${list}, names: ${JSON.stringify(names)} }`;
}
