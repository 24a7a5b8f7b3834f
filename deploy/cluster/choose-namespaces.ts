import { DNS_LABEL } from "../../runtime/job/access.ts";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { hasReason } from "../../runtime/kube/errors/api-error.ts";
import { UsageError } from "../terminal/command-error.ts";
import { ifFound, unlessForbidden } from "./connect.ts";

/** Which namespaces to deploy to, as the flags say. */
export interface NamespaceFlags {
  readonly namespace?: string | undefined;
  /** Names separated by commas. */
  readonly namespaces?: string | undefined;
  /** A label selector. */
  readonly namespaceSelector?: string | undefined;
}

const HINT = "Separate them by commas without spaces, such as --namespaces team-a,team-b";

/**
 * Reads the flags before a cluster is asked.
 *
 * @returns the names, if the flags name any
 * @throws {UsageError} for flags that exclude each other, and for invalid names
 */
export function readNamespaces(flags: NamespaceFlags): readonly string[] | undefined {
  const given = Object.entries({
    "-n": flags.namespace,
    "--namespaces": flags.namespaces,
    "--namespace-selector": flags.namespaceSelector,
  }).filter(([, value]) => value !== undefined);
  const [first, second] = given.map(([flag]) => flag);
  if (second !== undefined)
    throw new UsageError(`${first} and ${second} exclude each other`, { hint: "Use one of them." });
  if (flags.namespaceSelector?.trim() === "")
    throw new UsageError("--namespace-selector is empty", { hint: "For example: --namespace-selector team=shop" });
  if (flags.namespaces === undefined) return flags.namespace === undefined ? undefined : [flags.namespace];
  const names = [...new Set(flags.namespaces.split(","))];
  const wrong = names.find((name) => !DNS_LABEL.test(name));
  if (wrong !== undefined)
    throw new UsageError(`--namespaces: "${wrong}" is not a valid namespace name`, { hint: HINT });
  return names;
}

/**
 * Refuses a namespace that does not exist, which would otherwise read like an empty one. Does nothing if the person may not read namespaces.
 *
 * @throws {UsageError} that names it
 */
export async function refuseMissingNamespace({ kube }: Pick<KubeClient, "kube">, namespace: string): Promise<void> {
  const found = await unlessForbidden(ifFound(kube.namespaces.get(namespace)), "unread");
  if (found !== undefined) return;
  throw new UsageError(`Namespace "${namespace}" does not exist`, {
    hint: `Choose another with -n, or create it: kubectl create namespace ${namespace}`,
  });
}

/**
 * The namespaces with the wanted labels, except those that are being deleted.
 *
 * @throws {UsageError} if there are none
 */
export async function selectNamespaces(client: KubeClient, labelSelector: string): Promise<readonly string[]> {
  const found = await listNamespaces(client, labelSelector);
  const names = found
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name)
    .sort();
  if (names.length > 0) return names;
  throw new UsageError(`No namespace has the labels ${labelSelector}: nothing was applied`, {
    hint: "See the labels there are: kubectl get namespaces --show-labels",
  });
}

/** Only the API server validates selectors, and its answer does not name the flag. */
async function listNamespaces(client: KubeClient, labelSelector: string) {
  try {
    return await client.kube.namespaces.list({ labelSelector }).toArray();
  } catch (error) {
    if (!hasReason(error, "BadRequest")) throw error;
    throw new UsageError(`--namespace-selector ${labelSelector}: ${error.serverMessage}`, {
      hint: "Use kubectl's syntax, such as team=shop or 'team in (shop, web)'.",
      cause: error,
    });
  }
}
