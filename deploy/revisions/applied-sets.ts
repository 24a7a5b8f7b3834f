import { isRecord } from "../../runtime/job/problem.ts";
import type { Manifest } from "../manifests/manifest.ts";

/** What was applied with one revision's code at one time: every manifest but the ConfigMap that holds the code. */
export interface AppliedSet {
  /** Counts the sets of one revision: the same code may be deployed with other settings, such as an image or resources. */
  readonly number: number;
  /** When it became the deployed one, RFC 3339. */
  readonly deployedAt: string;
  readonly manifests: readonly Manifest[];
}

/** Sets that are kept of one revision, the deployed one included. */
const SETS_KEPT = 5;

/** All annotations of an object may have 256 KiB together. https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/ */
const SETS_BYTES_MAX = 240 * 1024;

/**
 * Puts what is deployed now before the sets that were deployed earlier. A set that was deployed before keeps its number.
 *
 * @param sets the last deployed first
 */
export function addSet(sets: readonly AppliedSet[], manifests: readonly Manifest[], now: Date): AppliedSet[] {
  const known = sets.find((set) => isSameSet(set, manifests));
  const number = known?.number ?? Math.max(0, ...sets.map((set) => set.number)) + 1;
  const others = sets.filter((set) => set !== known);
  return [{ number, deployedAt: now.toISOString(), manifests }, ...others].slice(0, SETS_KEPT);
}

/** True where exactly these manifests were applied. The same definition gives the same text, so that it can be compared. */
export function isSameSet(set: AppliedSet, manifests: readonly Manifest[]): boolean {
  return JSON.stringify(set.manifests) === JSON.stringify(manifests);
}

/** Writes sets for an annotation; the oldest are left out where they do not fit, and undefined is given where not even one does. */
export function writeSets(sets: readonly AppliedSet[]): string | undefined {
  if (sets.length === 0) return undefined;
  const text = JSON.stringify({ sets });
  return Buffer.byteLength(text) <= SETS_BYTES_MAX ? text : writeSets(sets.slice(0, -1));
}

/** Reads sets back; none where there is no such text. */
export function readSets(text: string | undefined): AppliedSet[] {
  if (text === undefined) return [];
  const value: unknown = JSON.parse(text);
  return isRecord(value) && Array.isArray(value.sets) ? (value.sets as AppliedSet[]) : [];
}
