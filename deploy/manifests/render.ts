import type { AccessRule } from "../../runtime/job/access.ts";
import type { Bundle } from "../build/bundle.ts";
import type { ResolvedSettings } from "../settings/define-config.ts";
import { settingsOfJob } from "../settings/resolve-settings.ts";
import { cronJob } from "./cron-job.ts";
import type { JobIdentity, Manifest } from "./manifest.ts";
import { networkPolicy } from "./network-policy.ts";
import { clusterRole, clusterRoleBinding, grantsOf, role, roleBinding, serviceAccount } from "./rbac.ts";
import { configMap } from "./volumes.ts";

/** Everything that a job's manifests depend on. */
export interface RenderInput extends JobIdentity {
  /** `access`, resolved. */
  readonly rules: readonly AccessRule[];
  readonly bundle: Pick<Bundle, "hash" | "files">;
  /** The job's settings. Default: those of the job file alone. */
  readonly settings?: ResolvedSettings | undefined;
  /** Overrides the image of the settings; its `node` must be 24 or newer. */
  readonly image?: string | undefined;
}

/**
 * Makes a job's manifests, in the order in which they are applied: what a pod needs comes before the CronJob. The same input gives the same manifests.
 */
export function renderManifests(input: RenderInput): Manifest[] {
  const own = input.definition.serviceAccountName === undefined;
  const given = input.settings ?? settingsOfJob(input.definition);
  const settings = { ...given, image: input.image ?? given.image };
  const manifests = [
    ...(own ? [serviceAccount(input), ...rbac(input)] : []),
    ...networkPolicy(input, input.rules.length > 0, settings.apiServer),
    ...(settings.bundledImage === undefined ? [configMap(input, input.bundle)] : []),
    cronJob({ ...input, settings }),
  ];
  return manifests.map((manifest) => withMetadata(manifest, settings));
}

/** Adds labels and annotations, except where errand has its own of that name. */
function withMetadata(manifest: Manifest, { labels, annotations: given }: ResolvedSettings): Manifest {
  const { metadata } = manifest;
  const annotations = { ...given, ...metadata.annotations };
  return {
    ...manifest,
    metadata: {
      ...metadata,
      labels: { ...labels, ...metadata.labels },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
  };
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
