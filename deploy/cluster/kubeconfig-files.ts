import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { parse } from "yaml";
import { isRecord } from "../../runtime/job/problem.ts";
import { OUTCOMES } from "../../runtime/run/outcome.ts";
import { CommandError } from "../command-error.ts";
import { withImpersonation } from "./impersonation.ts";
import { withOpenId } from "./open-id-tokens.ts";

type User = KubeConfig["users"][number];
type Cluster = KubeConfig["clusters"][number];

/** What a person says about which kubeconfig and which of its contexts is meant. */
export interface KubeconfigFlags {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/**
 * The kubeconfig files that there are: `--kubeconfig`, else those of KUBECONFIG, else `~/.kube/config`.
 *
 * @throws {CommandError} that says where was looked
 */
export function kubeconfigFiles({ kubeconfig, context }: KubeconfigFlags): string[] {
  if (kubeconfig !== undefined) {
    if (existsSync(kubeconfig)) return [kubeconfig];
    throw unreachable(`There is no kubeconfig file ${kubeconfig}`);
  }
  const fromVariable = filesOfVariable();
  const candidates = fromVariable.length > 0 ? fromVariable : [homeFile()];
  const files = candidates.filter((file) => existsSync(file));
  if (files.length > 0) return files;
  const looked = fromVariable.length > 0 ? `KUBECONFIG names ${candidates.join(", ")}` : `there is no ${candidates[0]}`;
  const what = context === undefined ? "No kubeconfig" : `No kubeconfig with context "${context}"`;
  throw unreachable(`${what}: ${looked}${fromVariable.length > 0 ? ", which does not exist" : ""}`);
}

/**
 * True where nobody has said which cluster is meant, and this process runs in a pod: what holds for that is what client-go looks for. A context
 * can only be one of a kubeconfig, so that whoever names one means a kubeconfig. Unlike kubectl, and like controller-runtime, a pod's own cluster goes
 * before `~/.kube/config`: in a pod that file is what an image or a volume brought along, and nobody has named it.
 *
 * @param tokenFile of the pod's service account
 */
export function isInClusterMeant({ kubeconfig, context }: KubeconfigFlags, tokenFile: string): boolean {
  if (kubeconfig !== undefined || context !== undefined || filesOfVariable().length > 0) return false;
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  if (host && port && isFile(tokenFile)) return true;
  // A pod that lacks the rest, and has no kubeconfig either, is told what it lacks.
  return Boolean(host) && !existsSync(homeFile());
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function filesOfVariable(): string[] {
  return (process.env.KUBECONFIG ?? "").split(delimiter).filter((file) => file !== "");
}

function homeFile(): string {
  return join(homedir(), ".kube", "config");
}

/**
 * Merges kubeconfig files as kubectl does: of two entries with one name the first counts, and so does the first current context.
 *
 * @param context the wanted one; default: the current one
 * @throws {CommandError} for a file that is none, and a context that there is not
 */
export function mergeKubeconfigs(
  files: readonly string[],
  context: string | undefined,
  create: () => KubeConfig,
): KubeConfig {
  const merged = create();
  for (const file of files) {
    const each = readKubeconfig(file, create);
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

function readKubeconfig(file: string, create: () => KubeConfig): KubeConfig {
  const kubeConfig = create();
  try {
    kubeConfig.loadFromFile(file);
    kubeConfig.clusters = kubeConfig.clusters.map(withDataFirst);
    const users = kubeConfig.users.map(withOwnDataFirst).map(withUnreadFields(file));
    kubeConfig.users = users.map(withOwnPlugin(file)).map(withOpenId(resolve(file)));
  } catch (error) {
    // The parser's further lines show the place in the file, which may hold a secret.
    const [why = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw unreachable(`${file} is not a kubeconfig: ${why.replace(/:$/, "")}`);
  }
  return kubeConfig;
}

/**
 * What is there both as data and as a file is the data, as with kubectl; the library would take the file. It would also refuse a server without TLS, such as
 * `kubectl proxy`, unless there is nothing to verify.
 */
function withDataFirst({ caFile, ...cluster }: Cluster): Cluster {
  return {
    ...cluster,
    ...(caFile && !cluster.caData ? { caFile } : {}),
    ...(isPlainHttp(cluster.server) ? { skipTLSVerify: true } : {}),
  };
}

/** True for a server that is spoken to without TLS. */
export function isPlainHttp(server: string): boolean {
  return /^http:/i.test(server);
}

function withOwnDataFirst({ certFile, keyFile, ...user }: User): User {
  return {
    ...user,
    ...(certFile && !user.certData ? { certFile } : {}),
    ...(keyFile && !user.keyData ? { keyFile } : {}),
  };
}

/** The library reads tokens from files, but not the field of kubeconfig that names one; nor does it read groups. */
function withUnreadFields(file: string): (user: User) => User {
  const document: unknown = parse(readFileSync(file, "utf8"));
  const entries: readonly unknown[] = isRecord(document) && Array.isArray(document.users) ? document.users : [];
  return (found) => {
    const entry = entries.filter(isRecord).find(({ name }) => name === found.name);
    const user = withImpersonation(found, entry?.user);
    const tokenFile = isRecord(entry?.user) ? entry.user.tokenFile : undefined;
    if (typeof tokenFile !== "string") return user;
    const path = resolve(dirname(file), tokenFile);
    const { token, ...rest } = user;
    // The file is what is renewed: a token beside it counts only while there is none.
    if (token && !existsSync(path)) return user;
    return { ...rest, authProvider: { name: "tokenFile", config: { tokenFile: path } } };
  };
}

/** A plugin that is named by a relative path lies beside the file, as certificates do; one without a slash is looked for in PATH. */
function withOwnPlugin(file: string): (user: User) => User {
  return (user) => {
    const exec: unknown = user.exec;
    if (!isRecord(exec) || typeof exec.command !== "string" || !/[\\/]/.test(exec.command)) return user;
    return { ...user, exec: { ...exec, command: resolve(dirname(file), exec.command) } };
  };
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

/** No cluster can be asked, and what helps. */
export function unreachable(
  message: string,
  hint = "Name one with --kubeconfig FILE or KUBECONFIG; to try a job without a cluster: errand run FILE --embedded",
): CommandError {
  return new CommandError(message, { hint, exitCode: OUTCOMES.unreachable.exitCode });
}
