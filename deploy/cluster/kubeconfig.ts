import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import type { ClusterConfig } from "../../runtime/kube/cluster-config.ts";
import { OUTCOMES } from "../../runtime/run/outcome.ts";
import { CommandError } from "../command-error.ts";
import { credentialsOf } from "./credentials.ts";

/** Which cluster and namespace a command is about: the flags of kubectl. */
export interface TargetFlags {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
}

/** A context and a namespace. */
export interface Target {
  readonly config: ClusterConfig;
  readonly context: string;
}

/**
 * Reads kubeconfig as kubectl does: `--kubeconfig`, else the files of KUBECONFIG, of which the first that says something wins, else
 * `~/.kube/config`. Where nothing names a cluster that is an error: no guess such as localhost:8080 is made.
 *
 * @throws {CommandError} that says which file or context is missing
 */
export async function loadTarget(flags: TargetFlags): Promise<Target> {
  const load = await kubeConfigLoader(flags);
  const kubeConfig = load();
  const context = kubeConfig.getContextObject(kubeConfig.currentContext);
  const cluster = kubeConfig.getCurrentCluster();
  if (!context || !cluster)
    throw unreachable(`Context "${kubeConfig.currentContext}" names no cluster of the kubeconfig`);
  const user = kubeConfig.getCurrentUser();
  return {
    context: context.name,
    config: {
      server: cluster.server,
      namespace: flags.namespace ?? context.namespace ?? "default",
      ...(cluster.skipTLSVerify ? { insecureSkipTlsVerify: true } : {}),
      ...(cluster.tlsServerName ? { tlsServerName: cluster.tlsServerName } : {}),
      ...(cluster.proxyUrl ? { proxyUrl: cluster.proxyUrl } : {}),
      ...(user?.impersonateUser ? { impersonate: { user: user.impersonateUser } } : {}),
      ...(await credentialsOf(kubeConfig, load)),
    },
  };
}

/**
 * The merged kubeconfig with the chosen context, for what needs the library's own connection.
 *
 * @throws {CommandError} as {@link loadTarget} does
 */
export async function loadKubeConfig(flags: TargetFlags): Promise<KubeConfig> {
  return (await kubeConfigLoader(flags))();
}

async function kubeConfigLoader(flags: TargetFlags): Promise<() => KubeConfig> {
  const { KubeConfig } = await import("@kubernetes/client-node/dist/config.js");
  return () => mergedConfig(kubeconfigFiles(flags.kubeconfig), flags.context, () => new KubeConfig());
}

function kubeconfigFiles(flag: string | undefined): string[] {
  if (flag !== undefined) {
    if (existsSync(flag)) return [flag];
    throw unreachable(`There is no kubeconfig file ${flag}`);
  }
  const fromVariable = (process.env.KUBECONFIG ?? "").split(delimiter).filter((file) => file !== "");
  const candidates = fromVariable.length > 0 ? fromVariable : [join(homedir(), ".kube", "config")];
  const files = candidates.filter((file) => existsSync(file));
  if (files.length > 0) return files;
  const looked = fromVariable.length > 0 ? `KUBECONFIG names ${candidates.join(", ")}` : `there is no ${candidates[0]}`;
  throw unreachable(`No kubeconfig: ${looked}${fromVariable.length > 0 ? ", which does not exist" : ""}`);
}

function mergedConfig(files: readonly string[], context: string | undefined, create: () => KubeConfig): KubeConfig {
  const merged = create();
  for (const file of files) {
    const each = create();
    try {
      each.loadFromFile(file);
    } catch (error) {
      throw unreachable(`${file} is not a kubeconfig: ${error instanceof Error ? error.message : error}`);
    }
    merged.clusters = mergedByName(merged.clusters, each.clusters);
    merged.users = mergedByName(merged.users, each.users);
    merged.contexts = mergedByName(merged.contexts, each.contexts);
    merged.currentContext ||= each.currentContext;
  }
  const wanted = context ?? merged.currentContext;
  if (!merged.contexts.some(({ name }) => name === wanted)) throw unknownContext(merged, wanted);
  merged.setCurrentContext(wanted);
  return merged;
}

function mergedByName<T extends { readonly name: string }>(first: readonly T[], second: readonly T[]): T[] {
  const names = new Set(first.map(({ name }) => name));
  return [...first, ...second.filter(({ name }) => !names.has(name))];
}

function unknownContext({ contexts }: KubeConfig, wanted: string | undefined): CommandError {
  const known = contexts.map(({ name }) => name).join(", ");
  const hint = known === "" ? "The kubeconfig has no contexts at all." : `It has: ${known}. Choose one with --context.`;
  return unreachable(
    wanted ? `There is no context "${wanted}" in the kubeconfig` : "The kubeconfig has no current context",
    hint,
  );
}

function unreachable(
  message: string,
  hint = "Name one with --kubeconfig FILE or KUBECONFIG; to try a job without a cluster: errand run FILE --embedded",
): CommandError {
  return new CommandError(message, { hint, exitCode: OUTCOMES.unreachable.exitCode });
}
