import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { OUTCOMES } from "../../runtime/run/report/outcome.ts";
import { CommandError } from "../terminal/command-error.ts";
import { type Entry, type Kubeconfig, parseKubeconfig } from "./entries.ts";

/** Which kubeconfig, and which of its contexts. */
export interface KubeconfigFlags {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/**
 * The kubeconfig files that exist: `--kubeconfig`, else those of KUBECONFIG, else `~/.kube/config`.
 *
 * @throws {CommandError} that says where it looked
 */
export function kubeconfigFiles({ kubeconfig, context }: KubeconfigFlags): string[] {
  if (kubeconfig !== undefined) {
    if (existsSync(kubeconfig)) return [kubeconfig];
    throw noTarget(`There is no kubeconfig file ${kubeconfig}`);
  }
  const fromVariable = filesOfVariable();
  const candidates = fromVariable.length > 0 ? fromVariable : [homeFile()];
  const files = candidates.filter((file) => existsSync(file));
  if (files.length > 0) return files;
  const looked = fromVariable.length > 0 ? `KUBECONFIG names ${candidates.join(", ")}` : `there is no ${candidates[0]}`;
  const what = context === undefined ? "No kubeconfig" : `No kubeconfig with context "${context}"`;
  throw noTarget(`${what}: ${looked}${fromVariable.length > 0 ? ", which does not exist" : ""}`);
}

/**
 * True if nobody has named a cluster and this process runs in a pod, by client-go's signs of a pod. A context always means a kubeconfig. Unlike kubectl,
 * and like controller-runtime, the pod's own cluster wins over `~/.kube/config`: in a pod that file came with an image or a volume, and nobody has named
 * it.
 *
 * @param tokenFile of the pod's service account
 */
export function isInClusterMeant({ kubeconfig, context }: KubeconfigFlags, tokenFile: string): boolean {
  if (kubeconfig !== undefined || context !== undefined || filesOfVariable().length > 0) return false;
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  if (host && port && isFile(tokenFile)) return true;
  // A pod without the rest, and without a kubeconfig, gets an error that says what is missing.
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
 * Merges kubeconfig files as kubectl does: the first entry of each name wins, and the first current context.
 *
 * @throws {CommandError} if a file is not a kubeconfig
 */
export async function readKubeconfigs(files: readonly string[]): Promise<Kubeconfig> {
  const all = await Promise.all(files.map(readKubeconfig));
  return {
    contexts: firstOfEach(all.flatMap(({ contexts }) => contexts)),
    clusters: firstOfEach(all.flatMap(({ clusters }) => clusters)),
    users: firstOfEach(all.flatMap(({ users }) => users)),
    currentContext: all.find(({ currentContext }) => currentContext !== "")?.currentContext ?? "",
    unread: all.flatMap(({ unread }) => unread),
  };
}

function firstOfEach<T extends Entry>(entries: readonly T[]): T[] {
  return entries.filter(({ name }, index) => entries.findIndex((each) => each.name === name) === index);
}

/** Reads one file. @throws {CommandError} that quotes only names of it */
export async function readKubeconfig(path: string): Promise<Kubeconfig> {
  const file = resolve(path);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new CommandError(`The kubeconfig ${path} cannot be read (${code})`, {
      hint: "Name a file that you can read.",
      cause,
    });
  }
  try {
    return await parseKubeconfig(text, file);
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).replace(/:$/, "");
    throw new CommandError(`${path} is not a kubeconfig: ${why}`, {
      hint: "kubectl config view shows what kubectl reads of it. Nothing was sent.",
    });
  }
}

/** The error if there is no cluster to ask. */
export function noTarget(
  message: string,
  hint = "Name one with --kubeconfig FILE or KUBECONFIG; to try a job without a cluster: errand run FILE --embedded",
): CommandError {
  return new CommandError(message, { hint, exitCode: OUTCOMES.unreachable.exitCode });
}
