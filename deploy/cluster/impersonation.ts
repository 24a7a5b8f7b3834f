import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { isRecord } from "../../runtime/job/problem.ts";
import type { ClusterConfig } from "../../runtime/kube/cluster-config.ts";
import { CommandError } from "../command-error.ts";

type User = KubeConfig["users"][number];

/** Where the groups are kept that the library does not read. */
interface UserWithGroups extends User {
  readonly impersonateGroups?: readonly string[];
}

/** The rest of what kubeconfig can say about it; the library knows neither, and to leave it out would be to act as somebody else. */
const UNKNOWN = ["as-uid", "as-user-extra"];

/**
 * Adds to a user what the library leaves out of a kubeconfig's `as-groups`.
 * https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#AuthInfo
 *
 * @param entry the user as it is written in the file
 */
export function withImpersonation(user: User, entry: unknown): User {
  if (!isRecord(entry)) return user;
  const impersonateGroups = entry["as-groups"];
  const hasUnknown = UNKNOWN.filter((field) => entry[field] !== undefined);
  if (impersonateGroups === undefined && hasUnknown.length === 0) return user;
  return { ...user, impersonateGroups, unknownImpersonation: hasUnknown } as User;
}

/**
 * Whom a user acts as.
 *
 * @throws {CommandError} for what would have to be left out
 */
export function impersonationOf(user: User | null): Pick<ClusterConfig, "impersonate"> {
  if (user === null) return {};
  const { name, impersonateUser, impersonateGroups: groups } = user as UserWithGroups;
  const [unknown] = (user as { unknownImpersonation?: readonly string[] }).unknownImpersonation ?? [];
  if (unknown !== undefined) {
    throw new CommandError(`User "${name}" of the kubeconfig has ${unknown}, which errand does not know`, {
      hint: `Use a user without it: as somebody else than it says nothing is done.`,
    });
  }
  if (groups !== undefined && (!Array.isArray(groups) || !impersonateUser)) {
    throw new CommandError(`User "${name}" of the kubeconfig: as-groups is a list, and goes with as`, {
      hint: 'Such as: as: eve, as-groups: ["team-a"]',
    });
  }
  if (!impersonateUser) return {};
  return { impersonate: { user: impersonateUser, ...(groups === undefined ? {} : { groups }) } };
}
