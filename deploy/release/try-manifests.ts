import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { hasReason } from "../../runtime/kube/errors/api-error.ts";
import type { BuiltinObjects } from "../../runtime/kube/generated/builtin.ts";
import type { KubeObject, Returned } from "../../runtime/kube/surface/objects.ts";
import { toNumber } from "../../runtime/kube/values/quantity.ts";
import { unlessForbidden } from "../cluster/connect.ts";
import { builtinOf, describeReference, findObject, type ObjectReference, referenceOf } from "../cluster/references.ts";
import { MANAGED_BY_LABEL, MANAGER, type Manifest, NAME_LABEL } from "../manifests/manifest.ts";
import { CommandError, TRY_LATER_EXIT_CODE } from "../terminal/command-error.ts";
import { explainRefusal, isRefusedByAdmission } from "./explain-refusal.ts";
import { REVISIONS_ANNOTATION } from "./revisions/revision.ts";

/** What applying one object did, or would do. */
export interface Change {
  readonly object: ObjectReference;
  readonly change: "created" | "configured" | "unchanged" | "removed";
}

/** How far a job came in a deploy that failed, for it or for another. */
export type JobState = "failed" | "applied" | "partlyApplied";

/** Told of each job by name, as soon as something is known. */
export type OnJobState = (job: string, state: JobState) => void;

/** A manifest and the object that is there. */
interface Found {
  readonly manifest: Manifest;
  readonly before: Returned<KubeObject> | undefined;
}

/** With what the server would make of it; undefined where it cannot say until another object exists. */
export interface Tried extends Found {
  readonly after: Returned<KubeObject> | undefined;
  /** Admission refuses dry runs of it: nobody knows what the server would make of it, or whether it would accept it. */
  readonly isUntried?: true;
}

/**
 * Has the API server validate every manifest in a dry run.
 *
 * @param force takes fields that another manager owns
 * @param options.allowUntried passes over what admission does not let anybody try, and marks it
 * @param options.onJobState told whose objects are refused: all of them, before the first refusal is thrown
 * @throws {CommandError} where an object is not errand's, a field is somebody else's, a quota has no room or the server refuses it
 */
export async function tryManifests(
  client: KubeClient,
  manifests: readonly Manifest[],
  force: boolean,
  {
    allowUntried = false,
    onJobState = () => {},
  }: { readonly allowUntried?: boolean; readonly onJobState?: OnJobState } = {},
): Promise<Tried[]> {
  const found = await everyOne(
    manifests.map((manifest) => tellFailure(manifest, onJobState, findBefore(client, manifest))),
  );
  const tried = await everyOne(
    found.map(async (each): Promise<Tried> => {
      const trying = applyDry(client, each, manifests, force, allowUntried);
      const after = await tellFailure(each.manifest, onJobState, trying);
      return after === "untried" ? { ...each, after: undefined, isUntried: true } : { ...each, after };
    }),
  );
  const created = found.filter(({ before }) => before === undefined);
  await refuseWithoutRoom(
    client,
    created.map(({ manifest }) => manifest),
  );
  return tried;
}

/** Like `Promise.all`, but waits for all of them, so that every refusal is known. */
async function everyOne<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}

/** Marks a manifest's job as failed where something that is done for it fails. */
export async function tellFailure<T>(manifest: Manifest, onJobState: OnJobState, work: T | Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    onJobState(jobOf(manifest), "failed");
    throw error;
  }
}

/** The job that a manifest belongs to. */
export function jobOf({ metadata }: Manifest): string {
  return metadata.labels[NAME_LABEL] ?? metadata.name;
}

/** What happened to an object, or would. */
export function changeOf({ manifest, before }: Found, after: Returned<KubeObject> | undefined): Change {
  const object = referenceOf(manifest as KubeObject);
  if (before === undefined) return { object, change: "created" };
  if (after === undefined) return { object, change: "configured" };
  return { object, change: contentsOf(before) === contentsOf(after) ? "unchanged" : "configured" };
}

/**
 * What a deploy can change. A dry run keeps the resourceVersion whatever it changes, so contents are compared; the status changes while nobody deploys, and
 * the record of deploys is not part of what is deployed.
 */
function contentsOf({ metadata, ...rest }: Returned<KubeObject>): string {
  const { labels } = metadata;
  const { [REVISIONS_ANNOTATION]: _revisions, ...annotations } = metadata.annotations ?? {};
  const { status: _status, ...fields } = rest as Readonly<Record<string, unknown>>;
  return JSON.stringify({ labels, annotations, ...fields });
}

async function findBefore(client: KubeClient, manifest: Manifest): Promise<Found> {
  const reference = referenceOf(manifest as KubeObject);
  const before = await findObject(client, manifest);
  if (before !== undefined && before.metadata.labels?.[MANAGED_BY_LABEL] !== MANAGER) {
    throw new CommandError(
      `${describeReference(reference)} exists and was not created by errand: nothing was applied`,
      {
        hint: `Rename the job file, deploy to another namespace, or remove the object. To hand it over: kubectl label ${labelArguments(reference)}`,
      },
    );
  }
  return { manifest, before };
}

function labelArguments({ kind, namespace, name }: ObjectReference): string {
  const place = namespace === undefined ? "" : ` -n ${namespace}`;
  return `${kind.toLowerCase()}/${name}${place} ${MANAGED_BY_LABEL}=${MANAGER}`;
}

async function applyDry(
  client: KubeClient,
  { manifest, before }: Found,
  all: readonly Manifest[],
  force: boolean,
  allowUntried: boolean,
): Promise<Returned<KubeObject> | "untried" | undefined> {
  try {
    return await client.resource(manifest).apply(manifest, { dryRun: true, force });
  } catch (error) {
    // A binding's role must exist before the server can compare rights. In a first dry run it does not, and the role's own dry run has compared them.
    if (before === undefined && isBindingOf(manifest, all) && hasReason(error, "NotFound")) return undefined;
    if (allowUntried && isRefusedByAdmission(error)) return "untried";
    throw explainRefusal(error, manifest);
  }
}

function isBindingOf({ kind, roleRef }: Manifest, all: readonly Manifest[]): boolean {
  if (typeof roleRef !== "object" || roleRef === null || !("name" in roleRef) || !kind.endsWith("RoleBinding"))
    return false;
  return all.some((other) => other.kind === kind.replace("Binding", "") && other.metadata.name === roleRef.name);
}

type QuotaObject = Returned<BuiltinObjects["resourcequotas"]>;

/**
 * Refuses new objects where a quota has room for some of them but not for all. A dry run cannot tell: it tries each object as if it were the only one.
 * Without the right to read quotas this is skipped.
 *
 * @throws {CommandError} that says which quota lacks what
 */
async function refuseWithoutRoom(client: KubeClient, created: readonly Manifest[]): Promise<void> {
  const crowded = countByNamespace(created);
  const lacks = await Promise.all(
    [...crowded].map(async ([namespace, counts]) => {
      const quotas = await unlessForbidden(client.kube.inNamespace(namespace).resourcequotas.list().toArray(), []);
      return quotas.flatMap((quota) => lacksOf(quota, namespace, counts));
    }),
  );
  const [first, ...more] = lacks.flat();
  if (first === undefined) return;
  throw new CommandError(`${[first, ...more].join("; ")}: nothing was applied`, {
    hint: "Ask for a larger quota, remove what is no longer needed (errand remove JOB), or deploy fewer jobs.",
    exitCode: TRY_LATER_EXIT_CODE,
  });
}

/** Only what there are several of: a single one was tried. */
function countByNamespace(created: readonly Manifest[]): Map<string, ReadonlyMap<string, number>> {
  const byNamespace = new Map<string, ReadonlyMap<string, number>>();
  const inNamespaces = created.filter(({ metadata }) => metadata.namespace !== undefined);
  for (const [namespace = "", manifests] of Map.groupBy(inNamespaces, ({ metadata }) => metadata.namespace)) {
    const byResource = Map.groupBy(manifests, quotaResource);
    const several = [...byResource]
      .map(([resource, each]) => [resource, each.length] as const)
      .filter(([, count]) => count > 1);
    if (several.length > 0) byNamespace.set(namespace, new Map(several));
  }
  return byNamespace;
}

/** `configmaps`, `roles.rbac.authorization.k8s.io`: as quotas name what they count. */
function quotaResource(manifest: Manifest): string {
  const { group, resource } = builtinOf(manifest);
  return group === "" ? resource : `${resource}.${group}`;
}

/** https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-on-object-count */
function lacksOf({ metadata, status }: QuotaObject, namespace: string, counts: ReadonlyMap<string, number>): string[] {
  return Object.entries(status?.hard ?? {}).flatMap(([key, hard]) => {
    const needed = counts.get(key.replace(/^count\//, ""));
    const used = status?.used?.[key] ?? "0";
    const room = Math.max(0, toNumber(hard) - toNumber(used));
    if (needed === undefined || room >= needed) return [];
    return [
      `Quota "${metadata.name}" in namespace "${namespace}" has room for ${room} more ${key}, but ${needed} are needed (${used} of ${hard} used)`,
    ];
  });
}
