import { type Cluster, openCluster } from "../cluster/connect.ts";
import { loadTarget, type TargetFlags } from "../kubeconfig/target.ts";
import type { Settings } from "../settings/define-config.ts";
import { loadConfigLayers } from "./load-config.ts";

/**
 * Connects to the cluster and the namespace that flags, `errand.config.ts` and the kubeconfig name, in this order.
 *
 * @throws {CommandError} where they name none, or one that cannot be used; then nothing was sent
 */
export async function connect(flags: TargetFlags): Promise<Cluster> {
  return openCluster(await loadTarget(await withConfiguredTarget(flags)));
}

/**
 * Completes the flags that say which cluster and namespace a command is about by what `errand.config.ts` says of them.
 *
 * @throws {CommandError} for a configuration that cannot be used, and for an environment that it does not have
 */
export async function withConfiguredTarget(flags: TargetFlags, folder = process.cwd()): Promise<TargetFlags> {
  const layers = await loadConfigLayers(folder, flags.env);
  const { context, namespace } = Object.assign({}, ...layers.map(({ values }) => values)) as Settings;
  return { ...flags, context: flags.context ?? context, namespace: flags.namespace ?? namespace };
}
