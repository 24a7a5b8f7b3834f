import { UsageError } from "../../terminal/command-error.ts";

/** People, groups and accounts, as the API server names them. */
export interface Subjects {
  /** ServiceAccounts among them, as `system:serviceaccount:NAMESPACE:NAME`. */
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

const EXAMPLE = "--deployers user:alice,group:platform,serviceaccount:argocd/argocd-application-controller";

/**
 * Reads who is named by a flag: `user:NAME`, `group:NAME` and `serviceaccount:NAMESPACE/NAME`, with commas between.
 * Names of users and groups may have colons, such as `group:oidc:platform`.
 *
 * @throws {CommandError} for another kind, and for one without a name
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

/** @throws {CommandError} where nobody is named: a policy without deployers would shut everybody out */
export function readDeployers(text: string | undefined): Subjects {
  const subjects = readSubjects("--deployers", text);
  if (subjects.users.length + subjects.groups.length > 0) return subjects;
  throw new UsageError("--admission-policy needs --deployers: nobody else may then change errand's objects", {
    hint: `For example: ${EXAMPLE}`,
  });
}

/** True for who makes a request, in CEL. https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/ */
export function isOneOf({ users, groups }: Subjects): string {
  return `request.userInfo.username in ${celList(users)} || (has(request.userInfo.groups) && request.userInfo.groups.exists(group, group in ${celList(groups)}))`;
}

/** A field of a request that is not there where it would be empty, in CEL. */
export function requested(field: "name" | "namespace" | "subResource"): string {
  return `(has(request.${field}) ? request.${field} : "")`;
}

/** A text in CEL, whose escapes are those of JSON. https://github.com/google/cel-spec/blob/master/doc/langdef.md#string-and-bytes-values */
export function celText(text: string): string {
  return JSON.stringify(text);
}

/** A list of texts in CEL. */
export function celList(texts: readonly string[]): string {
  return `[${texts.map(celText).join(", ")}]`;
}
