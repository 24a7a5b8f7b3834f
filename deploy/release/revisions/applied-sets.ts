import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { isRecord } from "../../../runtime/job/problem.ts";
import type { Manifest } from "../../manifests/manifest.ts";
import { hashManifests } from "./revision.ts";

/** On a revision's ConfigMap: the sets of other manifests that were applied with it, as JSON, packed: they hold what starts a pod again. The CronJob says which of them are to be believed. */
export const APPLIED_ANNOTATION = "errand/applied";

/** All annotations of an object may have 256 KiB together. https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/ */
const SETS_BYTES_MAX = 240 * 1024;

/** The highest quality, which is the default, takes 22 ms for two sets in place of two, and saves a tenth of 3 KB. */
const PACKING = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

/** What somebody else wrote may unpack to anything. */
const UNPACKED_BYTES_MAX = 4 * 2 ** 20;

/** One set of manifests: every one that was applied but the ConfigMap that holds the code. */
export type AppliedSet = readonly Manifest[];

/** Writes sets for an annotation; the last ones are left out where they do not fit, and undefined is given where not even one does. */
export function writeSets(sets: readonly AppliedSet[]): string | undefined {
  if (sets.length === 0) return undefined;
  const text = brotliCompressSync(JSON.stringify({ sets }), PACKING).toString("base64");
  return Buffer.byteLength(text) <= SETS_BYTES_MAX ? text : writeSets(sets.slice(0, -1));
}

/** Reads sets back, by their hash; none where the text is none of ours. Whether a set is to be believed is not known here. */
export function readSets(text: string | undefined): ReadonlyMap<string, AppliedSet> {
  try {
    const value: unknown = JSON.parse(unpacked(text ?? ""));
    const sets: unknown[] = isRecord(value) && Array.isArray(value.sets) ? value.sets : [];
    return new Map(sets.filter(isSet).map((set) => [hashManifests(set), set]));
  } catch {
    return new Map();
  }
}

/** As it is: what a former version wrote. */
function unpacked(text: string): string {
  if (text.startsWith("{")) return text;
  return brotliDecompressSync(Buffer.from(text, "base64"), { maxOutputLength: UNPACKED_BYTES_MAX }).toString();
}

function isSet(value: unknown): value is AppliedSet {
  return Array.isArray(value) && value.every(isManifest);
}

function isManifest(value: unknown): value is Manifest {
  if (!isRecord(value) || !isRecord(value.metadata)) return false;
  const { name, namespace, labels } = value.metadata;
  const isPlaced = typeof name === "string" && (namespace === undefined || typeof namespace === "string");
  return isPlaced && isRecord(labels) && typeof value.kind === "string" && typeof value.apiVersion === "string";
}
