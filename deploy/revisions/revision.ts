import type { ReturnedMeta } from "../../runtime/kube/objects.ts";
import { type Manifest, REVISION_LABEL } from "../manifests/manifest.ts";
import { type AppliedSet, readSets, writeSets } from "./applied-sets.ts";

/** On a revision's ConfigMap: the other manifests that were applied with it, as JSON. They are what a rollback applies. */
export const APPLIED_ANNOTATION = "errand/applied";

/** On a revision's ConfigMap: when it became the deployed one, RFC 3339. */
export const DEPLOYED_AT_ANNOTATION = "errand/deployed-at";

/** One deployed bundle, with everything that was applied around it. */
export interface Revision {
  /** What `rollback --to` takes: the revision, a dot, and which of its sets this is; the revision alone where nothing is recorded. */
  readonly name: string;
  /** The first digits of the hash over the bundle. */
  readonly revision: string;
  readonly configMap: string;
  readonly deployedAt: string;
  /** Absent where it was not errand deploy that applied it: then there is nothing to go back to but the code. */
  readonly manifests?: readonly Manifest[];
}

/** Writes into the manifests of a deploy what was applied, so that a later rollback applies the very same. */
export function withRecord(manifests: readonly Manifest[], sets: readonly AppliedSet[]): Manifest[] {
  const record = recordOf(sets);
  return manifests.map((manifest) => {
    if (manifest.kind !== "ConfigMap") return manifest;
    const { metadata } = manifest;
    return { ...manifest, metadata: { ...metadata, annotations: { ...metadata.annotations, ...record } } };
  });
}

/** The annotations of a revision's ConfigMap. */
export function recordOf(sets: readonly AppliedSet[]): Record<string, string> {
  const [newest] = sets;
  const applied = writeSets(sets);
  return {
    ...(newest === undefined ? {} : { [DEPLOYED_AT_ANNOTATION]: newest.deployedAt }),
    ...(applied === undefined ? {} : { [APPLIED_ANNOTATION]: applied }),
  };
}

/** Reads revisions from their ConfigMaps, the last deployed first. */
export function readRevisions(configMaps: readonly ReturnedMeta[]): Revision[] {
  return configMaps
    .flatMap(({ name: configMap, labels = {}, annotations = {}, creationTimestamp }): Revision[] => {
      const revision = labels[REVISION_LABEL] ?? "";
      const sets = readSets(annotations[APPLIED_ANNOTATION]);
      const deployedAt = annotations[DEPLOYED_AT_ANNOTATION] ?? creationTimestamp;
      if (sets.length === 0) return [{ name: revision, revision, configMap, deployedAt }];
      return sets.map(({ number, ...set }) => ({ name: `${revision}.${number}`, revision, configMap, ...set }));
    })
    .toSorted((left, right) => Date.parse(right.deployedAt) - Date.parse(left.deployedAt));
}

/** The deployed one: of those with its code, the last. */
export function findCurrent(revisions: readonly Revision[], current: string): Revision | undefined {
  return revisions.find(({ revision }) => revision === current);
}

/** The image of a revision's pods, as far as it is known. */
export function imageOf({ manifests = [] }: Revision): string | undefined {
  const text = JSON.stringify(manifests.find(({ kind }) => kind === "CronJob")?.spec ?? {});
  return /"image":"([^"]+)"/.exec(text)?.[1];
}
