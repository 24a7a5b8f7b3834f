import { AUTHENTICATED_GROUP, serviceAccountUser, type UserInfo } from "./authentication.ts";
import { forbidden } from "./authorization/forbidden.ts";
import type { Attributes } from "./authorization/policy-rule.ts";
import { authorize } from "./authorization/rbac.ts";
import type { ObjectStore } from "./storage/object-store.ts";

const SERVICE_ACCOUNT_NAME = /^system:serviceaccount:([^:]+):([^:]+)$/;

/**
 * Finds the user as whom a request acts. https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
 *
 * @param user who was authenticated
 * @param asUser the header Impersonate-User; absent means the user himself
 * @param asGroups the values of Impersonate-Group
 * @throws {ApiStatusError} 403 where he may not act as that user or one of the groups
 */
export function impersonate(
  store: ObjectStore,
  user: UserInfo,
  asUser: string | undefined,
  asGroups: readonly string[],
): UserInfo {
  if (asUser === undefined) return user;
  const account = SERVICE_ACCOUNT_NAME.exec(asUser);
  const [, namespace = "", accountName = ""] = account ?? [];
  requireAllowed(
    store,
    user,
    account ? attributes("serviceaccounts", accountName, namespace) : attributes("users", asUser),
  );
  for (const group of asGroups) requireAllowed(store, user, attributes("groups", group));
  if (asGroups.length === 0 && account) return serviceAccountUser(namespace, accountName);
  return { name: asUser, groups: [...asGroups, AUTHENTICATED_GROUP] };
}

function attributes(resource: string, name: string, namespace = ""): Attributes {
  return { about: "resource", verb: "impersonate", group: "", resource, subresource: "", namespace, name };
}

function requireAllowed(store: ObjectStore, user: UserInfo, wanted: Attributes): void {
  const decision = authorize(store, user, wanted);
  if (!decision.allowed) throw forbidden(user, wanted, decision.reason);
}
