import {
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
} from "@kubernetes/client-node";
import type { BuiltinResource } from "../../../runtime/kube/catalog/builtin.ts";
import { answerOf } from "./answer.ts";
import type { AnyObject, Asked, Asker } from "./asker.ts";

/** Theirs: the client that any object of the API can be given to. */
export function theirs(
  kubeconfig: string,
  namespace: string,
  options: { readonly token?: string; readonly dryRun?: boolean } = {},
): Asker {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  if (options.token !== undefined) {
    const [cluster] = config.clusters;
    if (cluster === undefined) throw new RangeError("the kubeconfig has no cluster");
    config.loadFromClusterAndUser(cluster, { name: "token", token: options.token });
  }
  const api = KubernetesObjectApi.makeApiClient(config);
  const raw = config.makeApiClient(CustomObjectsApi);
  const core = config.makeApiClient(CoreV1Api);
  const dryRun = options.dryRun ? "All" : undefined;
  return {
    ask: (resource, asked) =>
      answerOf(callTheirs({ api, raw, core, namespace, dryRun }, resource, asked), (error) => {
        const { code, body } = error as { code?: number; body?: unknown };
        if (code === undefined) throw error;
        const status = (typeof body === "string" ? JSON.parse(body) : body) as {
          reason?: string;
          message?: string;
          details?: unknown;
        };
        return { code, reason: status.reason, message: status.message, details: status.details ?? {} };
      }),
  };
}

interface Their {
  readonly api: KubernetesObjectApi;
  /** Sends and returns plain JSON, for every named group. */
  readonly raw: CustomObjectsApi;
  readonly core: CoreV1Api;
  readonly namespace: string;
  readonly dryRun: string | undefined;
}

const STRATEGIES = { merge: PatchStrategy.MergePatch, strategic: PatchStrategy.StrategicMergePatch };

type Named = KubernetesObject & { metadata: { name: string } };

async function callTheirs(their: Their, resource: BuiltinResource, asked: Asked): Promise<unknown> {
  const { api, namespace, dryRun } = their;
  const apiVersion = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
  const type = { apiVersion, kind: resource.kind };
  const place = resource.namespaced ? { namespace } : {};
  const named = (name: string): KubernetesObject => ({ ...type, metadata: { name, ...place } });
  const placed = (object: AnyObject): KubernetesObject => ({
    ...type,
    ...object,
    metadata: { ...object.metadata, ...place },
  });
  switch (asked.verb) {
    case "list":
      return await theirList(api, { ...type, ...(asked.everywhere ? {} : place) }, asked);
    case "get":
      return await api.read(named(asked.name) as Named);
    case "delete":
      return await theirDelete(api, named(asked.name), dryRun);
    case "create":
      return await api.create(placed(asked.object), undefined, dryRun, "errand");
    case "update":
      return await api.replace(placed(asked.object), undefined, dryRun, "errand");
    case "apply":
      return await api.patch(
        placed(asked.object),
        undefined,
        dryRun,
        "errand",
        undefined,
        PatchStrategy.ServerSideApply,
      );
    case "patch": {
      if (asked.type === "json") return await theirJsonPatch(their, resource, asked.name, asked.patch);
      const patch = mergePatch(named(asked.name), asked.patch as Partial<KubernetesObject>);
      return await api.patch(patch, undefined, dryRun, "errand", undefined, STRATEGIES[asked.type]);
    }
    default:
      return await theirSubresource(their, resource, asked);
  }
}

/** Errors that our client returns as results, because deleting a missing object is not a failure of a job. */
async function theirDelete(
  api: KubernetesObjectApi,
  object: KubernetesObject,
  dryRun: string | undefined,
): Promise<string> {
  try {
    await api.delete(object, undefined, dryRun, undefined, undefined, "Background");
    return "deleted";
  } catch (error) {
    if ((error as { code?: number }).code !== 404) throw error;
    return "gone";
  }
}

/** The one method for all objects cannot send an array; those for each kind can. */
async function theirJsonPatch(
  { raw, core, namespace }: Their,
  resource: BuiltinResource,
  name: string,
  body: object,
): Promise<unknown> {
  const { group, version, resource: plural, kind } = resource;
  if (group !== "") return await raw.patchNamespacedCustomObject({ group, version, plural, namespace, name, body });
  const methods = core as unknown as Record<string, (request: object) => Promise<unknown>>;
  return await methods[`patchNamespaced${kind}`]?.call(core, { namespace, name, body });
}

async function theirSubresource(
  { raw, namespace }: Their,
  { group, version, resource: plural }: BuiltinResource,
  asked: Extract<Asked, { verb: "getScale" | "getStatus" | "scale" }>,
): Promise<unknown> {
  const place = { group, version, plural, namespace, name: asked.name };
  if (asked.verb === "getStatus") return await raw.getNamespacedCustomObjectStatus(place);
  if (asked.verb === "getScale") return await raw.getNamespacedCustomObjectScale(place);
  const body = [{ op: "replace", path: "/spec/replicas", value: asked.replicas }];
  return await raw.patchNamespacedCustomObjectScale({ ...place, body });
}

/** The library finds the object by what the patch itself says. */
function mergePatch(object: KubernetesObject, patch: Partial<KubernetesObject>): KubernetesObject {
  return { ...object, ...patch, metadata: { ...object.metadata, ...patch.metadata } };
}

async function theirList(
  api: KubernetesObjectApi,
  { apiVersion, kind, namespace }: { readonly apiVersion: string; readonly kind: string; readonly namespace?: string },
  { labelSelector, fieldSelector, limit }: Extract<Asked, { verb: "list" }>,
): Promise<unknown[]> {
  const items: unknown[] = [];
  let token: string | undefined;
  do {
    const page = await api.list(
      apiVersion,
      kind,
      namespace,
      undefined,
      undefined,
      undefined,
      fieldSelector,
      labelSelector,
      limit,
      token,
    );
    // As the API server does, it leaves their types to the list.
    for (const item of page.items) items.push({ ...item, apiVersion, kind });
    token = page.metadata?._continue || undefined;
  } while (token !== undefined);
  return items;
}
