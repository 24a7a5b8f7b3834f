import type { AccessRule } from "../../job/access.ts";
import { ApiError } from "../errors/api-error.ts";
import { NotDeclaredError } from "../errors/not-declared-error.ts";
import { refusalHint, refusalOf } from "../errors/refusal.ts";
import { subjectText } from "../errors/subject-text.ts";
import type { KubeRequest, RequestSubject, Step } from "../requests/request.ts";
import { allows, allowsPath, isSelfReview, neededEntry } from "./access-rules.ts";

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
