import { demoNamespace } from "../../runtime/embedded/demo/demo-namespace.ts";
import type { EmbeddedCluster } from "../../runtime/embedded/embedded-cluster.ts";
import { NAMESPACES, SECRETS } from "../../runtime/embedded/objects/resource-table.ts";
import { readDocuments, type SeedDocument } from "../../runtime/embedded/seed/read-documents.ts";
import { namespacesNamed } from "../../runtime/embedded/seed/seed-objects.ts";
import type { SecretKey } from "../../runtime/job/pod-fields.ts";
import type { KubeObject } from "../../runtime/kube/surface/objects.ts";
import { CommandError, UsageError } from "../terminal/command-error.ts";

const DEFAULT_NAMESPACE = "demo";

/** What an embedded cluster will contain, and where the job runs. */
export interface ClusterContents {
  readonly namespace: string;
  /** A seed; absent for the demo. */
  readonly documents?: readonly SeedDocument[];
}

/**
 * Reads a seed, and chooses the namespace of the run: the given one, else the only one in the seed, else `demo`.
 *
 * @param seed files and folders; none for the demo
 * @throws {CommandError} for files that cannot be read
 */
export async function readContents(seed: readonly string[], namespace: string | undefined): Promise<ClusterContents> {
  if (seed.length === 0) return { namespace: namespace ?? DEFAULT_NAMESPACE };
  const documents = await asCommandError(() => readDocuments(seed));
  const [only = DEFAULT_NAMESPACE, ...others] = namespacesNamed(documents);
  return { namespace: namespace ?? (others.length === 0 ? only : DEFAULT_NAMESPACE), documents };
}

/**
 * Creates the objects of the demo or of a seed, and the Secrets that the job needs and that are not among them, with made-up values.
 *
 * @returns the names of those Secrets
 * @throws {CommandError} for an invalid seed, or a namespace that is not in it
 */
export async function fillCluster(
  cluster: EmbeddedCluster,
  { namespace, documents }: ClusterContents,
  secrets: Readonly<Record<string, SecretKey>> = {},
): Promise<string[]> {
  if (documents === undefined) cluster.applyObjects(demoNamespace(namespace, Date.now()));
  else {
    await asCommandError(() => cluster.applyDocuments(documents, namespace));
    requireNamespace(cluster, namespace, documents);
  }
  const keys = Map.groupBy(
    Object.values(secrets).map((secretKey) => secretKey.split("/") as [secret: string, key: string]),
    ([secret]) => secret,
  );
  const missing = [...keys].filter(([name]) => !cluster.store.get(SECRETS, namespace, name));
  for (const [name, entries] of missing) {
    const data = Object.fromEntries(entries.map(([, key]) => [key, btoa(`example-of-${name}-${key}`)]));
    cluster.applyObjects([{ apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, data } as KubeObject]);
  }
  return missing.map(([name]) => name);
}

/** In a namespace that does not exist, a job would find nothing and succeed. */
function requireNamespace({ store }: EmbeddedCluster, namespace: string, documents: readonly SeedDocument[]): void {
  const named = namespacesNamed(documents);
  if (named.length === 0 || store.get(NAMESPACES, undefined, namespace)) return;
  const hint = `The seed has objects in ${named.join(", ")}: choose the job's namespace with -n.`;
  throw new UsageError(`The namespace "${namespace}" does not exist`, { hint });
}

async function asCommandError<T>(work: () => T): Promise<Awaited<T>> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CommandError(`Invalid seed:\n${error.message.replace(/^/gm, "  ")}`, { cause: error });
  }
}
