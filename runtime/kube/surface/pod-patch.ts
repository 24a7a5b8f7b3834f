import type { PodTemplateSpec } from "../generated/core-v1.ts";

type Patched<T> = T extends readonly (infer Item)[]
  ? readonly PatchedItem<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]?: Patched<T[Key]> | null }
    : T;

/** Items of a list are matched by name, if they have one. */
type PatchedItem<Item> = Item extends { name?: string }
  ? Patched<Item> & { readonly name: string }
  : Item extends object
    ? Patched<Item>
    : Item;

/**
 * A patch of errand's pod template: node selectors, tolerations, image pull secrets, volumes and anything else in the API. Maps are merged,
 * and so are lists of named items, by name; the job's container is called `job`. `null` removes a field, such as `runAsUser` where OpenShift sets it.
 * https://kubernetes.io/docs/reference/kubernetes-api/core/pod-v1/
 */
export type PodPatch = Patched<Pick<PodTemplateSpec, "metadata" | "spec">>;
