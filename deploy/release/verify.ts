import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import type { KubeObject, Returned } from "../../runtime/kube/surface/objects.ts";
import { describeReference, findObject, type ObjectReference, referenceOf } from "../cluster/references.ts";
import type { Manifest } from "../manifests/manifest.ts";
import { CommandError, TRY_LATER_EXIT_CODE } from "../terminal/command-error.ts";
import { applyManifests } from "./apply.ts";
import { respectPause } from "./fit-manifests.ts";
import { isDeployed } from "./prune.ts";
import { type Change, changeOf, tryManifests } from "./try-manifests.ts";

/** How often objects are applied again that somebody removed or changed meanwhile. */
const REPAIRS = 2;

/** What a deploy knows about the objects that it applied. */
interface Known {
  /** Takes fields that another manager owns. */
  readonly force: boolean;
  /** What admission does not let anybody try; only its existence is checked. */
  readonly untried?: readonly ObjectReference[];
  /** The objects as the server returned them when they were applied, by `describeReference`. */
  readonly applied?: ReadonlyMap<string, Returned<KubeObject>>;
}

/**
 * Verifies that the cluster has what was sent: each object is still as the server returned it when it was applied. If one is not, the API server tries all objects
 * of the job in another dry run, which must change nothing. What differs is applied again. Of two deploys of different revisions at the same time, one fails here.
 *
 * @throws {CommandError} where another deploy has overtaken this one, or something in the cluster keeps changing what was applied
 */
export async function verifyDeployed(
  client: KubeClient,
  job: { readonly name: string; readonly namespace: string },
  wanted: readonly Manifest[],
  { force, untried = [], applied }: Known,
): Promise<void> {
  if (applied !== undefined && (await isUntouched(client, wanted, applied))) return;
  for (let repairs = 0; ; repairs += 1) {
    if (!(await isDeployed(client, wanted))) throw overtaken(job);
    const different = await findDifferent(client, wanted, force, untried.length > 0);
    if (different.length === 0) return;
    if (repairs === REPAIRS) throw unsteady(different);
    const { manifests } = await respectPause(client, wanted);
    await applyManifests(client, manifests, { force, ...(untried.length > 0 ? { untried: () => {} } : {}) });
  }
}

/** An object with the same uid and resourceVersion is the same, byte by byte. https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions */
async function isUntouched(
  client: KubeClient,
  wanted: readonly Manifest[],
  applied: ReadonlyMap<string, Returned<KubeObject>>,
): Promise<boolean> {
  const same = await Promise.all(
    wanted.map(async (manifest) => {
      const object = manifest as KubeObject;
      const before = applied.get(describeReference(referenceOf(object)))?.metadata;
      const now = (await findObject(client, object))?.metadata;
      return before?.uid !== undefined && now?.uid === before.uid && now.resourceVersion === before.resourceVersion;
    }),
  );
  return same.every((each) => each);
}

async function findDifferent(
  client: KubeClient,
  wanted: readonly Manifest[],
  force: boolean,
  allowUntried: boolean,
): Promise<Change[]> {
  const { manifests } = await respectPause(client, wanted);
  const tried = await tryManifests(client, manifests, force, { allowUntried });
  const known = tried.filter(({ before, isUntried }) => !isUntried || before === undefined);
  return known.map((each) => changeOf(each, each.after)).filter(isDifferent);
}

/** A ConfigMap is immutable and named after its contents; of its record, the last deploy of the same revision wins. */
function isDifferent({ object, change }: Change): boolean {
  return object.kind === "ConfigMap" ? change === "created" : change !== "unchanged";
}

function overtaken({ name, namespace }: { readonly name: string; readonly namespace: string }): CommandError {
  return new CommandError(`Another deploy of ${name} to namespace "${namespace}" ran at the same time`, {
    hint: "The cluster has what that one applied. To replace it, deploy again.",
    exitCode: TRY_LATER_EXIT_CODE,
  });
}

function unsteady(different: readonly Change[]): CommandError {
  const names = different.map(({ object }) => describeReference(object)).join(", ");
  return new CommandError(`The job was applied, but something in the cluster keeps changing ${names}`, {
    hint: "Another controller or deploy writes it; to see which: kubectl get --show-managed-fields -o yaml",
    exitCode: 1,
  });
}
