import type { Duplex } from "node:stream";
import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import type { BuiltinObjects } from "../../../runtime/kube/generated/builtin.ts";
import type { OwnerReference, Returned } from "../../../runtime/kube/surface/objects.ts";
import { ifFound, unlessForbidden } from "../../cluster/connect.ts";
import { COMPONENT_LABEL, MANAGED_BY_LABEL, MANAGER, NAME_LABEL } from "../../manifests/manifest.ts";
import { CommandError, TRY_LATER_EXIT_CODE, UsageError } from "../../terminal/command-error.ts";
import { HUB_NAME, HUB_PORT } from "../serve/hub-options.ts";
import { type AskHub, askOver } from "../serve/hub-source.ts";

export type DeploymentObject = Returned<BuiltinObjects["deployments"]>;
type HubPod = Returned<BuiltinObjects["pods"]>;

/** How long a connection may take to open, in milliseconds. */
const CONNECT_MS = 10_000;

/**
 * Finds the hub that is meant: that of the namespace, or the one that is named. Whoever may create a Deployment somewhere can call it a hub, so that one in another namespace is
 * only believed where a person names it.
 *
 * @param given the namespace that a person named as the hub's; then it is nowhere else
 * @throws {UsageError} where there is none; it says where others are
 */
export async function findHub(
  client: KubeClient,
  namespace: string,
  given: string | undefined,
): Promise<DeploymentObject> {
  const place = given ?? namespace;
  const own = await unlessForbidden(ifFound(client.kube.inNamespace(place).deployments.get(HUB_NAME)), undefined);
  if (own !== undefined && isHub(own)) return own;
  const labelSelector = `${COMPONENT_LABEL}=hub,${MANAGED_BY_LABEL}=${MANAGER}`;
  const { deployments } = client.kube.allNamespaces;
  const all =
    given === undefined ? await unlessForbidden(deployments.list({ labelSelector }).toArray(), undefined) : [];
  const places = (all ?? []).filter(isHub).map(({ metadata }) => metadata.namespace);
  if (places.length > 0) {
    throw new UsageError(
      `Namespace "${place}" has no hub; ${places.join(", ")} ${places.length === 1 ? "has one" : "have"}`,
      {
        hint: "Name the one that you trust: --hub-namespace NAME",
      },
    );
  }
  throw new UsageError(`Namespace "${place}" has no hub`, {
    hint:
      all === undefined
        ? "Where is it? You may not look in all namespaces: --hub-namespace NAME"
        : `Install one: errand hub install -n ${place}`,
  });
}

function isHub({ metadata: { name, labels } }: DeploymentObject): boolean {
  return name === HUB_NAME && labels?.[MANAGED_BY_LABEL] === MANAGER && labels[NAME_LABEL] === HUB_NAME;
}

/** Asks a hub over its pod's loopback, through a port that the API server forwards. */
export async function reachHub(client: KubeClient, hub: DeploymentObject): Promise<AskHub> {
  const { namespace = "", name } = hub.metadata;
  const pod = await podOf(client, hub);
  if (pod === undefined) {
    throw new CommandError(`The hub ${namespace}/${name} does not run`, {
      hint: `See why: kubectl get pods -n ${namespace} -l ${NAME_LABEL}=${HUB_NAME}`,
      exitCode: TRY_LATER_EXIT_CODE,
    });
  }
  const { pods } = client.kube.inNamespace(namespace);
  return askOver(async (): Promise<Duplex> => {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new Error("the hub does not answer")), CONNECT_MS);
    try {
      return await pods.portForward(pod.metadata.name, HUB_PORT, { signal: limit.signal });
    } finally {
      clearTimeout(timer);
    }
  });
}

/** The pod that the Deployment itself has made: whoever may create pods can give one its labels. */
async function podOf(client: KubeClient, hub: DeploymentObject): Promise<HubPod | undefined> {
  const labelSelector = `${NAME_LABEL}=${HUB_NAME}`;
  const { replicasets, pods } = client.kube.inNamespace(hub.metadata.namespace ?? "");
  const [sets, all] = await Promise.all([
    replicasets.list({ labelSelector }).toArray(),
    pods.list({ labelSelector }).toArray(),
  ]);
  const own = new Set(sets.filter((set) => isOwnedBy(set, hub.metadata.uid)).map(({ metadata }) => metadata.uid));
  return all.find(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined &&
      pod.status?.phase === "Running" &&
      [...own].some((uid) => isOwnedBy(pod, uid)),
  );
}

function isOwnedBy(
  { metadata }: { readonly metadata: { readonly ownerReferences?: readonly OwnerReference[] | undefined } },
  owner: string,
): boolean {
  return (metadata.ownerReferences ?? []).some(({ uid, controller }) => uid === owner && controller === true);
}
