import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import type { ClusterConfig } from "../../runtime/kube/cluster-config.ts";
import { loadInClusterConfig } from "../../runtime/kube/in-cluster.ts";
import { proxyFromEnvironment } from "../../runtime/kube/transport/proxy-environment.ts";
import { withConfiguredTarget } from "../config/configured-target.ts";
import { credentialsOf } from "./credentials.ts";
import { impersonationOf } from "./impersonation.ts";
import { isInClusterMeant, kubeconfigFiles, mergeKubeconfigs, unreachable } from "./kubeconfig-files.ts";

/** Which cluster and namespace a command is about: the flags of kubectl. */
export interface TargetFlags {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
  /** Of `errand.config.ts`, which also says context and namespace where flags do not. */
  readonly env?: string | undefined;
}

/** A context and a namespace. */
export interface Target {
  readonly config: ClusterConfig;
  readonly context: string;
}

/**
 * Reads kubeconfig as kubectl does: `--kubeconfig`, else the files of KUBECONFIG, of which the first that says something wins, else
 * `~/.kube/config`, else, in a pod, its service account. Where nothing names a cluster that is an error: no guess such as localhost:8080 is made.
 *
 * @throws {CommandError} that says which file or context is missing
 */
export async function loadTarget(given: TargetFlags): Promise<Target> {
  const flags = await withConfiguredTarget(given);
  if (isInClusterMeant(flags.kubeconfig)) return loadOwnCluster(flags);
  const load = await kubeConfigLoader(flags);
  const kubeConfig = load();
  const context = kubeConfig.getContextObject(kubeConfig.currentContext);
  const cluster = kubeConfig.getCurrentCluster();
  if (!context || !cluster)
    throw unreachable(`Context "${kubeConfig.currentContext}" names no cluster of the kubeconfig`);
  const user = kubeConfig.getCurrentUser();
  const proxyUrl = cluster.proxyUrl ?? proxyFromEnvironment(cluster.server, process.env);
  return {
    context: context.name,
    config: {
      server: cluster.server,
      namespace: flags.namespace ?? context.namespace ?? "default",
      ...(cluster.skipTLSVerify ? { insecureSkipTlsVerify: true } : {}),
      ...(cluster.tlsServerName ? { tlsServerName: cluster.tlsServerName } : {}),
      ...(proxyUrl ? { proxyUrl } : {}),
      ...impersonationOf(user),
      ...(await credentialsOf(kubeConfig, load)),
    },
  };
}

async function loadOwnCluster({ namespace }: TargetFlags): Promise<Target> {
  const config = await loadInClusterConfig({ env: process.env });
  return { context: "in-cluster", config: namespace === undefined ? config : { ...config, namespace } };
}

/**
 * The merged kubeconfig with the chosen context, for what needs the library's own connection.
 *
 * @throws {CommandError} as {@link loadTarget} does
 */
export async function loadKubeConfig(flags: TargetFlags): Promise<KubeConfig> {
  return (await kubeConfigLoader(await withConfiguredTarget(flags)))();
}

async function kubeConfigLoader(flags: TargetFlags): Promise<() => KubeConfig> {
  const { KubeConfig } = await import("@kubernetes/client-node/dist/config.js");
  return () => mergeKubeconfigs(kubeconfigFiles(flags.kubeconfig), flags.context, () => new KubeConfig());
}
