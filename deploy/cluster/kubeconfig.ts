import type { ClusterConfig } from "../../runtime/kube/cluster-config.ts";
import { loadInClusterConfig, SERVICE_ACCOUNT_FOLDER } from "../../runtime/kube/in-cluster.ts";
import { proxyFromEnvironment } from "../../runtime/kube/transport/proxy-environment.ts";
import { withConfiguredTarget } from "../config/configured-target.ts";
import { credentialsOf } from "./credentials.ts";
import { impersonationOf } from "./impersonation.ts";
import { isInClusterMeant, isPlainHttp, kubeconfigFiles, mergeKubeconfigs, unreachable } from "./kubeconfig-files.ts";
import { OpenIdAuthenticator } from "./open-id-tokens.ts";

/** What the cluster of the pod itself is called where a context is named. */
const IN_CLUSTER = "in-cluster";

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

/** What tests put elsewhere. */
export interface TargetOptions {
  /** Where a kubelet mounts the service account of the pod that this runs in. Default: {@link SERVICE_ACCOUNT_FOLDER}. */
  readonly serviceAccountFolder?: string;
}

/**
 * Finds the cluster: `--kubeconfig`, else the files of KUBECONFIG, of which the first that says something wins, else, in a pod and unless a context is named,
 * its service account, else `~/.kube/config`. Where nothing names a cluster that is an error: no guess such as localhost:8080 is made.
 *
 * @throws {CommandError} that says which file or context is missing
 */
export async function loadTarget(given: TargetFlags, options: TargetOptions = {}): Promise<Target> {
  const flags = await withConfiguredTarget(given);
  const folder = options.serviceAccountFolder ?? SERVICE_ACCOUNT_FOLDER;
  if (isInClusterMeant(flags, tokenFileIn(folder))) return loadOwnCluster(flags, folder);
  const { KubeConfig } = await import("@kubernetes/client-node/dist/config.js");
  const create = () => {
    const kubeConfig = new KubeConfig();
    kubeConfig.addAuthenticator(new OpenIdAuthenticator());
    return kubeConfig;
  };
  const load = () => mergeKubeconfigs(kubeconfigFiles(flags), flags.context, create);
  const kubeConfig = load();
  const context = kubeConfig.getContextObject(kubeConfig.currentContext);
  const cluster = kubeConfig.getCurrentCluster();
  if (!context || !cluster)
    throw unreachable(`Context "${kubeConfig.currentContext}" names no cluster of the kubeconfig`);
  const user = kubeConfig.getCurrentUser();
  const server = serverUrl(cluster);
  const proxyUrl = cluster.proxyUrl ?? proxyFromEnvironment(server, process.env);
  return {
    context: context.name,
    config: {
      server,
      namespace: flags.namespace ?? context.namespace ?? "default",
      ...(cluster.skipTLSVerify && !isPlainHttp(server) ? { insecureSkipTlsVerify: true } : {}),
      ...(cluster.tlsServerName ? { tlsServerName: cluster.tlsServerName } : {}),
      ...(proxyUrl ? { proxyUrl } : {}),
      ...impersonationOf(user),
      ...(await credentialsOf(kubeConfig, load)),
    },
  };
}

/** As with kubectl the scheme may be left out; it is never http then, which would show the token. */
function serverUrl({ name, server }: { readonly name: string; readonly server: string }): string {
  const url = server.includes("://") ? server : `https://${server}`;
  if (/^https?:/i.test(url) && URL.canParse(url)) return url;
  throw unreachable(
    `Cluster "${name}" of the kubeconfig has the server ${JSON.stringify(server)}, which is no URL`,
    "Expected one such as https://10.0.0.1:6443",
  );
}

async function loadOwnCluster({ namespace }: TargetFlags, folder: string): Promise<Target> {
  const config = await loadInClusterConfig({ env: process.env, folder });
  return { context: IN_CLUSTER, config: namespace === undefined ? config : { ...config, namespace } };
}

function tokenFileIn(folder: string): string {
  return `${folder}/token`;
}
