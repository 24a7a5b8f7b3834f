import type { ReturnedMeta } from "../../runtime/kube/objects.ts";
import { type Manifest, REVISION_LABEL } from "../manifests/manifest.ts";

/** On a revision's ConfigMap: the other manifests that were last applied with it, as JSON. They are what a rollback applies. */
export const APPLIED_ANNOTATION = "errand/applied";

/** On a revision's ConfigMap: when it became the deployed one, RFC 3339. */
export const DEPLOYED_AT_ANNOTATION = "errand/deployed-at";

/** All annotations of an object may have 256 KiB together. https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/ */
const APPLIED_BYTES_MAX = 240 * 1024;

/** One deployed bundle, with everything that was applied around it. */
export interface Revision {
  /** The first digits of the hash over the bundle. */
  readonly revision: string;
  readonly configMap: string;
  readonly deployedAt: string;
  /** Absent where it was not errand deploy that applied it: then there is nothing to go back to but the code. */
  readonly manifests?: readonly Manifest[];
}

/** Writes into the manifests of a deploy what they are, so that a later rollback applies the very same. */
export function withRecord(manifests: readonly Manifest[], deployedAt: string): Manifest[] {
  const applied = JSON.stringify(manifests.filter(({ kind }) => kind !== "ConfigMap"));
  const record = {
    [DEPLOYED_AT_ANNOTATION]: deployedAt,
    ...(Buffer.byteLength(applied) > APPLIED_BYTES_MAX ? {} : { [APPLIED_ANNOTATION]: applied }),
  };
  return manifests.map((manifest) => {
    if (manifest.kind !== "ConfigMap") return manifest;
    const { metadata } = manifest;
    return { ...manifest, metadata: { ...metadata, annotations: { ...metadata.annotations, ...record } } };
  });
}

/** Reads revisions from their ConfigMaps, the last deployed first. */
export function readRevisions(configMaps: readonly ReturnedMeta[]): Revision[] {
  return configMaps
    .map(({ name, labels = {}, annotations = {}, creationTimestamp }): Revision => {
      const applied = annotations[APPLIED_ANNOTATION];
      return {
        revision: labels[REVISION_LABEL] ?? "",
        configMap: name,
        deployedAt: annotations[DEPLOYED_AT_ANNOTATION] ?? creationTimestamp,
        ...(applied === undefined ? {} : { manifests: JSON.parse(applied) as Manifest[] }),
      };
    })
    .toSorted((left, right) => Date.parse(right.deployedAt) - Date.parse(left.deployedAt));
}

/** The image of a revision's pods, as far as it is known. */
export function imageOf({ manifests = [] }: Revision): string | undefined {
  const text = JSON.stringify(manifests.find(({ kind }) => kind === "CronJob")?.spec ?? {});
  return /"image":"([^"]+)"/.exec(text)?.[1];
}
