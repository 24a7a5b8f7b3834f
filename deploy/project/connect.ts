import type { TargetFlags } from "../kubeconfig/target.ts";
import type { Settings } from "../settings/define-config.ts";
import { loadConfigLayers } from "./load-config.ts";

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
