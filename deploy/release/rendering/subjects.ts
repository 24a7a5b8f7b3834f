import { UsageError } from "../../terminal/command-error.ts";

/** Users and groups, as the API server names them. */
export interface Subjects {
  /** Including ServiceAccounts, as `system:serviceaccount:NAMESPACE:NAME`. */
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

const EXAMPLE = "--deployers user:alice,group:platform,serviceaccount:argocd/argocd-application-controller";

/**
 * Reads a flag's comma-separated list of `user:NAME`, `group:NAME` and `serviceaccount:NAMESPACE/NAME`.
 * Names of users and groups may contain colons, such as `group:oidc:platform`.
 *
 * @throws {CommandError} for another kind, or a missing name
 */
export function readSubjects(flag: string, text: string | undefined): Subjects {
  const users: string[] = [];
  const groups: string[] = [];
  for (const word of (text ?? "").split(",").map((each) => each.trim())) {
    if (word === "") continue;
    const colon = word.indexOf(":");
    const kind = word.slice(0, Math.max(colon, 0)).toLowerCase();
    const name = word.slice(colon + 1);
    const account = /^([a-z0-9-]+)\/([a-z0-9.-]+)$/.exec(name);
    if (kind === "user" && name !== "") users.push(name);
    else if (kind === "group" && name !== "") groups.push(name);
    else if (kind === "serviceaccount" && account !== null)
      users.push(`system:serviceaccount:${account[1]}:${account[2]}`);
    else {
      throw new UsageError(`${flag}: "${word}" is not a valid name`, {
        hint: `Expected user:NAME, group:NAME or serviceaccount:NAMESPACE/NAME, such as ${EXAMPLE}`,
      });
    }
  }
  return { users, groups };
}

/** @throws {CommandError} where nobody is named: a policy without deployers would lock everybody out */
export function readDeployers(text: string | undefined): Subjects {
  const subjects = readSubjects("--deployers", text);
  if (subjects.users.length + subjects.groups.length > 0) return subjects;
  throw new UsageError("--admission-policy needs --deployers: nobody else will be able to change errand's objects", {
    hint: `For example: ${EXAMPLE}`,
  });
}

/** A CEL condition that is true for requests of these subjects. https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/ */
export function isOneOf({ users, groups }: Subjects): string {
  return `request.userInfo.username in ${celList(users)} || (has(request.userInfo.groups) && request.userInfo.groups.exists(group, group in ${celList(groups)}))`;
}

/** A field of the request in CEL, which is absent where it would be empty. */
export function requested(field: "name" | "namespace" | "subResource"): string {
  return `(has(request.${field}) ? request.${field} : "")`;
}

/** A CEL string; its escapes are those of JSON. https://github.com/google/cel-spec/blob/master/doc/langdef.md#string-and-bytes-values */
export function celText(text: string): string {
  return JSON.stringify(text);
}

/** A CEL list of strings. */
export function celList(texts: readonly string[]): string {
  return `[${texts.map(celText).join(", ")}]`;
}
