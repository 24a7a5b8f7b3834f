import { badRequest } from "./api-status.ts";
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
 * @param request what he wants to do as that user
 * @param asUser the header Impersonate-User; absent means the user himself
 * @param asGroups the values of Impersonate-Group
 * @throws {ApiStatusError} 400 for groups without a user, 403 where he may not act as that user or one of the groups
 */
export function impersonate(
  store: ObjectStore,
  user: UserInfo,
  request: Attributes,
  asUser: string | undefined,
  asGroups: readonly string[],
): UserInfo {
  if (asUser === undefined && asGroups.length > 0) {
    throw badRequest(`requested groups ${JSON.stringify(asGroups)} without impersonating a user name`);
  }
  if (asUser === undefined) return user;
  const account = SERVICE_ACCOUNT_NAME.exec(asUser);
  const [, namespace = "", accountName = ""] = account ?? [];
  const wanted = [
    account ? attributes("serviceaccounts", accountName, namespace) : attributes("users", asUser),
    ...asGroups.map((group) => attributes("groups", group)),
  ];
  if (!wanted.every((one) => authorize(store, user, one).allowed)) {
    // The verb that a server with constrained impersonation names: it tries that kind first.
    const mode = account ? "serviceaccount" : "user-info";
    throw forbidden(user, { ...request, verb: `impersonate-on:${mode}:${request.verb}` }, "");
  }
  if (asGroups.length === 0 && account) return serviceAccountUser(namespace, accountName);
  return { name: asUser, groups: [...asGroups, AUTHENTICATED_GROUP] };
}

function attributes(resource: string, name: string, namespace = ""): Attributes {
  return { about: "resource", verb: "impersonate", group: "", resource, subresource: "", namespace, name };
}
