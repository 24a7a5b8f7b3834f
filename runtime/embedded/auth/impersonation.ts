import { badRequest } from "../objects/api-status.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { AUTHENTICATED_GROUP, serviceAccountUser, type UserInfo } from "./authentication.ts";
import { forbidden } from "./forbidden.ts";
import type { Attributes } from "./policy-rule.ts";
import { authorize } from "./rbac.ts";

const SERVICE_ACCOUNT_NAME = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** Whom a request wants to act as, as its headers say. */
export interface ActingAs {
  readonly user: string | undefined;
  readonly groups: readonly string[];
  readonly uid: string | undefined;
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

const EXTRA_PREFIX = "impersonate-extra-";

/** @param headers each with all of its values, as Node has read them: a character for each byte */
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

/** What is no escape stays as it is written. */
function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/**
 * Finds the user as whom a request acts. https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
 *
 * @param user who was authenticated
 * @param request what he wants to do as that user
 * @param wanted whom he wants to be; no user means himself
 * @throws {ApiStatusError} 400 for anything without a user, 403 where he may not act as that user or one of the rest
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
    // The verb that a server with constrained impersonation names: it tries that kind first.
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
