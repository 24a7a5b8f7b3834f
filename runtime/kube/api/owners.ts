import { findBuiltinKind } from "../catalog/builtin.ts";
import { ApiError } from "../errors/api-error.ts";
import { NotDeclaredError, resourceText } from "../errors/kube-error.ts";
import type { GroupVersionResource } from "../requests/resource.ts";
import type { CallOptions } from "../surface/call-options.ts";
import type { KubeObject, OwnerReference, Returned } from "../surface/objects.ts";
import type { MethodContext } from "./call.ts";
import { getObject } from "./read.ts";

/** No real chain is longer. Stops at circular references. */
const MAX_OWNERS = 10;

/** The method context of each declared resource. */
type DeclaredResources = () => Iterable<MethodContext>;

/** The controller of an object. */
export async function ownerOf(
  declared: DeclaredResources,
  object: KubeObject,
  options: CallOptions = {},
): Promise<Returned<KubeObject> | undefined> {
  const reference = object.metadata?.ownerReferences?.find((one) => one.controller === true);
  if (reference === undefined) return undefined;
  const namespace = object.metadata?.namespace;
  const context = await contextFor(declared, reference);
  try {
    const place = namespace === undefined ? context.place : { namespace };
    const owner = await getObject<Returned<KubeObject>>({ ...context, place }, reference.name, options);
    // A new object with the same name may have replaced the owner.
    return owner.metadata.uid === reference.uid ? owner : undefined;
  } catch (error) {
    if (error instanceof ApiError && error.reason === "NotFound") return undefined;
    throw error;
  }
}

/** All controllers above an object, nearest first. */
export async function ownersOf(
  declared: DeclaredResources,
  object: KubeObject,
  options: CallOptions = {},
): Promise<Returned<KubeObject>[]> {
  const owners: Returned<KubeObject>[] = [];
  for (let current = object; owners.length < MAX_OWNERS; ) {
    const owner = await ownerOf(declared, current, options);
    if (owner === undefined) break;
    owners.push(owner);
    current = owner;
  }
  return owners;
}

async function contextFor(declared: DeclaredResources, reference: OwnerReference): Promise<MethodContext> {
  const group = reference.apiVersion.includes("/") ? reference.apiVersion.split("/")[0] : "";
  for (const context of declared()) {
    const gvr: GroupVersionResource = await context.gvr();
    if (gvr.kind === reference.kind && gvr.group === group) return context;
  }
  const info = findBuiltinKind(reference.apiVersion, reference.kind);
  const word = info === undefined ? `the resource of kind ${reference.kind}` : JSON.stringify(resourceText(info));
  throw new NotDeclaredError(
    `the job may not get ${reference.kind} "${reference.name}", which owns the object; nothing was sent`,
    {
      hint: `add ${word} with the verb "get" to access and deploy again`,
    },
  );
}
