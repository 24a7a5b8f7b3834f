import type { PodTemplateSpec } from "../generated/core-v1.ts";

type Patched<T> = T extends readonly (infer Item)[]
  ? readonly PatchedItem<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]?: Patched<T[Key]> | null }
    : T;

/** What stands in a list is found by its name, where it has one. */
type PatchedItem<Item> = Item extends { name?: string }
  ? Patched<Item> & { readonly name: string }
  : Item extends object
    ? Patched<Item>
    : Item;

/**
 * A change of the pod template that errand makes: node selectors, tolerations, image pull secrets, volumes and whatever else the API has. Maps are merged,
 * lists of things with a name by that name; the job's own container is called `job`. `null` takes a field out, such as `runAsUser` where OpenShift chooses it.
 * https://kubernetes.io/docs/reference/kubernetes-api/core/pod-v1/
 */
export type PodPatch = Patched<Pick<PodTemplateSpec, "metadata" | "spec">>;
