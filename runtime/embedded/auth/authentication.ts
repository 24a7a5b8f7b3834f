import { randomBytes } from "node:crypto";
import { unauthorized } from "../objects/api-status.ts";
import { SERVICE_ACCOUNTS } from "../objects/resource-table.ts";
import type { ObjectStore } from "../storage/object-store.ts";

/** The user of a request, as in RBAC. */
export interface UserInfo {
  readonly name: string;
  readonly groups: readonly string[];
}

/** The service account of a token, by uid: a recreated one with the same name is different. */
interface ServiceAccountIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

interface IssuedToken {
  readonly user: UserInfo;
  readonly serviceAccount?: ServiceAccountIdentity;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** All users with valid credentials. */
export const AUTHENTICATED_GROUP = "system:authenticated";
export const UNAUTHENTICATED_GROUP = "system:unauthenticated";
/** Has all rights. */
export const MASTERS_GROUP = "system:masters";

export const ANONYMOUS: UserInfo = { name: "system:anonymous", groups: [UNAUTHENTICATED_GROUP] };
const ADMIN: UserInfo = { name: "admin", groups: [MASTERS_GROUP, AUTHENTICATED_GROUP] };

const TOKEN_BYTES = 32;

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens */
export function serviceAccountUser(namespace: string, name: string): UserInfo {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, AUTHENTICATED_GROUP],
  };
}

/** The bearer tokens that an embedded cluster accepts. */
export class TokenRegistry {
  readonly #issued = new Map<string, IssuedToken>();
  readonly #store: ObjectStore;
  /** Token with all rights; each cluster has its own. */
  readonly admin: string;

  constructor(store: ObjectStore) {
    this.#store = store;
    this.admin = this.#issue({ user: ADMIN, expiresAt: Number.POSITIVE_INFINITY });
  }

  /**
   * Issues a token for a service account.
   *
   * @throws {ApiStatusError} 404 if the account does not exist
   */
  issueFor(namespace: string, name: string, lifetimeSeconds: number): string {
    const uid = this.#store.mustGet(SERVICE_ACCOUNTS, namespace, name).metadata.uid;
    return this.#issue({
      user: serviceAccountUser(namespace, name),
      serviceAccount: { namespace, name, uid },
      expiresAt: Date.now() + lifetimeSeconds * 1_000,
    });
  }

  /** Expires every token but the administrator's: the next request with one answers 401. */
  expireAll(): void {
    for (const token of this.#issued.keys()) {
      if (token !== this.admin) this.#issued.delete(token);
    }
  }

  /**
   * Authenticates a request.
   *
   * @param authorization the header; without it the user is anonymous
   * @throws {ApiStatusError} 401 for a token that is unknown, expired, or of a deleted service account
   */
  authenticate(authorization: string | undefined): UserInfo {
    if (authorization === undefined) return ANONYMOUS;
    const [, token = ""] = /^Bearer\s+(\S+)$/i.exec(authorization) ?? [];
    const issued = this.#issued.get(token);
    if (!issued || issued.expiresAt <= Date.now() || this.#isOrphaned(issued)) throw unauthorized();
    return issued.user;
  }

  #isOrphaned({ serviceAccount }: IssuedToken): boolean {
    if (!serviceAccount) return false;
    const { namespace, name, uid } = serviceAccount;
    return this.#store.get(SERVICE_ACCOUNTS, namespace, name)?.metadata.uid !== uid;
  }

  #issue(issued: IssuedToken): string {
    const token = randomBytes(TOKEN_BYTES).toString("base64url");
    this.#issued.set(token, issued);
    return token;
  }
}
