/** A ServiceAccount as the API server knows it. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** The user that a ServiceAccount is. https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens */
export function userOf({ namespace, name }: Account): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

/** The groups that every ServiceAccount of a namespace is in. */
export function groupsOf({ namespace }: Account): string[] {
  return ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
}
