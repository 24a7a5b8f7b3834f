import { badRequest } from "../objects/api-status.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { AUTHENTICATED_GROUP, serviceAccountUser, type UserInfo } from "./authentication.ts";
import { type Attributes, authorize, forbidden } from "./rbac.ts";

const SERVICE_ACCOUNT_NAME = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** The identity in a request's impersonation headers. */
export interface ActingAs {
  readonly user: string | undefined;
  readonly groups: readonly string[];
  readonly uid: string | undefined;
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

const EXTRA_PREFIX = "impersonate-extra-";

/** @param headers all values of each, in latin1 as Node reads them */
export function actingAs(headers: Readonly<Record<string, readonly string[] | undefined>>): ActingAs {
  const valuesOf = (name: string) => (headers[name] ?? []).map((text) => Buffer.from(text, "latin1").toString("utf8"));
  const extras = Object.keys(headers).filter((name) => name.startsWith(EXTRA_PREFIX));
  return {
    user: valuesOf("impersonate-user")[0],
    groups: valuesOf("impersonate-group"),
    uid: valuesOf("impersonate-uid")[0],
    extra: Object.fromEntries(extras.map((name) => [unescaped(name.slice(EXTRA_PREFIX.length)), valuesOf(name)])),
  };
}

/** Leaves an invalid escape unchanged. */
function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/**
 * Resolves the impersonated user. https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
 *
 * @param user the authenticated user
 * @param request the action as the impersonated user
 * @param wanted the impersonated identity, if any
 * @throws {ApiStatusError} 400 for a group, uid or extra without a user, 403 without the right to impersonate
 */
export function impersonate(store: ObjectStore, user: UserInfo, request: Attributes, wanted: ActingAs): UserInfo {
  const { user: asUser, groups: asGroups, uid, extra } = wanted;
  const values = Object.entries(extra).flatMap(([key, each]) => each.map((value) => ({ key, value })));
  if (asUser === undefined) {
    const [one] = [...asGroups, ...(uid === undefined ? [] : [uid]), ...values.map(({ value }) => value)];
    if (one === undefined) return user;
    throw badRequest(`requested ${JSON.stringify(wanted)} without impersonating a user name`);
  }
  const account = SERVICE_ACCOUNT_NAME.exec(asUser);
  const [, namespace = "", accountName = ""] = account ?? [];
  const rights = [
    account ? attributes("serviceaccounts", accountName, namespace) : attributes("users", asUser),
    ...asGroups.map((group) => attributes("groups", group)),
    ...(uid === undefined ? [] : [{ ...attributes("uids", uid), group: AUTHENTICATION_GROUP }]),
    ...values.map(({ key, value }) => ({
      ...attributes("userextras", value),
      group: AUTHENTICATION_GROUP,
      subresource: key,
    })),
  ];
  if (!rights.every((one) => authorize(store, user, one).allowed)) {
    // Servers with constrained impersonation try and name this verb first.
    const mode = account ? "serviceaccount" : "user-info";
    throw forbidden(user, { ...request, verb: `impersonate-on:${mode}:${request.verb}` }, "");
  }
  if (asGroups.length === 0 && account) return serviceAccountUser(namespace, accountName);
  return { name: asUser, groups: [...asGroups, AUTHENTICATED_GROUP] };
}

const AUTHENTICATION_GROUP = "authentication.k8s.io";

function attributes(resource: string, name: string, namespace = "") {
  return { about: "resource" as const, verb: "impersonate", group: "", resource, subresource: "", namespace, name };
}
