import type { AccessRule } from "../../runtime/job/access.ts";
import type { Bundle } from "../bundle.ts";
import { configMap } from "./config-map.ts";
import { cronJob } from "./cron-job.ts";
import type { JobIdentity, Manifest } from "./manifest.ts";
import { clusterRole, grantsOf, role } from "./role.ts";
import { clusterRoleBinding, roleBinding } from "./role-binding.ts";
import { serviceAccount } from "./service-account.ts";

/** Everything that a job's manifests depend on. */
export interface RenderInput extends JobIdentity {
  /** `access`, resolved. */
  readonly rules: readonly AccessRule[];
  readonly bundle: Pick<Bundle, "hash" | "files">;
  /** The container image; its `node` must be 24 or newer. */
  readonly image: string;
}

/**
 * Makes a job's manifests, in the order in which they are applied: what a pod needs stands before what starts one. The same input gives
 * the same manifests.
 */
export function renderManifests(input: RenderInput): Manifest[] {
  const own = input.definition.serviceAccountName === undefined;
  return [
    ...(own ? [serviceAccount(input), ...rbac(input)] : []),
    configMap(input, input.bundle),
    cronJob({ ...input, revision: input.bundle.hash }),
  ];
}

function rbac(input: RenderInput): Manifest[] {
  const { byNamespace, clusterWide } = grantsOf(input, input.rules);
  const wide = clusterWide.length === 0 ? [] : [clusterRole(input, clusterWide), clusterRoleBinding(input)];
  const narrow = [...byNamespace].flatMap(([namespace, rules]) => [
    role(input, namespace, rules),
    roleBinding(input, namespace),
  ]);
  return [...wide, ...narrow];
}
