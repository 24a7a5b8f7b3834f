import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { isRecord } from "../../../runtime/job/problem.ts";
import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { ifFound } from "../../cluster/connect.ts";
import { type Manifest, REVISION_LABEL } from "../../manifests/manifest.ts";
import { configMapName } from "../../manifests/volumes.ts";
import { type CronJobObject, getJob } from "../../runs/find-job.ts";
import {
  addRecord,
  hashContent,
  hashManifests,
  isSameSet,
  type Revision,
  readRecords,
  revisionsOf,
  withAnnotations,
  withRecords,
} from "./revision.ts";

interface DeployedRevision {
  readonly name: string;
  readonly namespace: string;
  readonly revision: string;
}

/**
 * Adds to a job's manifests the record that a rollback needs. Deploying the same again changes nothing, not even the time.
 */
export async function recordDeploy(
  client: KubeClient,
  job: DeployedRevision,
  manifests: readonly Manifest[],
  now: Date,
): Promise<Manifest[]> {
  const { namespace, name, revision } = job;
  const [live, kept] = await Promise.all([getJob(client, namespace, name), getConfigMap(client, job, revision)]);
  const records = (live && readRecords(live)) ?? [];
  const bundle = manifests.find(({ kind }) => kind === "ConfigMap");
  // A bundle in an image has no ConfigMap to keep its sets in.
  if (bundle === undefined) return withRecords(manifests, records);
  const applied = manifests.filter((manifest) => manifest !== bundle);
  const deployed = { revision, applied: hashManifests(applied), bundle: hashContent(bundle) };
  const sets = new Map(readSets(kept?.metadata.annotations?.[APPLIED_ANNOTATION]));
  const isDeployed = live?.metadata.labels?.[REVISION_LABEL] === revision && sets.has(deployed.applied);
  const again = isDeployed && records[0] !== undefined && isSameSet(records[0], deployed);
  sets.set(deployed.applied, applied);
  const known = again ? records : addRecord(records, deployed, now);
  const ofRevision = known.filter((record) => record.revision === revision && record.bundle === deployed.bundle);
  const text = writeSets(ofRevision.flatMap((record): AppliedSet[] => optional(sets.get(record.applied))));
  const written = readSets(text);
  const remembered = known.filter((record) => record.revision !== revision || written.has(record.applied));
  const withSets = manifests.map((manifest) =>
    manifest === bundle && text !== undefined ? withAnnotations(manifest, { [APPLIED_ANNOTATION]: text }) : manifest,
  );
  return withRecords(withSets, remembered);
}

function optional<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

/** The revisions that a job can go back to, and those that it no longer can. */
export interface KeptRevisions {
  /** The most recently deployed first. */
  readonly revisions: readonly Revision[];
  /** Names of recorded revisions whose ConfigMap is gone or has other contents by now. */
  readonly lost: readonly string[];
}

/**
 * Reads the revisions of a job whose ConfigMaps are still there unchanged: the CronJob has their hashes, and a ConfigMap with other contents does not count.
 *
 * @returns undefined where the CronJob has no record: it was applied without errand, or by a version that kept none
 */
export async function fetchRevisions(client: KubeClient, cronJob: CronJobObject): Promise<KeptRevisions | undefined> {
  const { name, namespace = "" } = cronJob.metadata;
  const records = readRecords(cronJob);
  if (records === undefined) return undefined;
  const configMaps = new Map(
    await Promise.all(
      revisionsOf(records).map(
        async (revision) => [revision, await getConfigMap(client, { name, namespace }, revision)] as const,
      ),
    ),
  );
  const revisions: Revision[] = [];
  const lost: string[] = [];
  for (const { revision, number, deployedAt, applied, bundle } of records) {
    const configMap = configMaps.get(revision);
    const isSame = configMap !== undefined && hashContent({ ...configMap }) === bundle;
    const manifests = isSame ? readSets(configMap.metadata.annotations?.[APPLIED_ANNOTATION]).get(applied) : undefined;
    const each = `${revision}.${number}`;
    if (manifests === undefined) lost.push(each);
    else revisions.push({ name: each, revision, configMap: configMapName(name, revision), deployedAt, manifests });
  }
  return { revisions, lost };
}

function getConfigMap(client: KubeClient, { name, namespace }: Omit<DeployedRevision, "revision">, revision: string) {
  return ifFound(client.kube.inNamespace(namespace).configmaps.get(configMapName(name, revision)));
}

/** On a revision's ConfigMap: the sets of other manifests that were applied with it, as compressed JSON. The CronJob has the hashes of those to believe. */
export const APPLIED_ANNOTATION = "errand/applied";

/** All annotations of an object may have 256 KiB together. https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/ */
const SETS_BYTES_MAX = 240 * 1024;

/** A bound for what somebody else may have written. */
const UNPACKED_BYTES_MAX = 4 * 2 ** 20;

/** Every manifest that was applied, except the ConfigMap with the code. */
export type AppliedSet = readonly Manifest[];

/** Writes sets for an annotation, without the last ones if they do not fit. @returns undefined where not even one fits */
export function writeSets(sets: readonly AppliedSet[]): string | undefined {
  if (sets.length === 0) return undefined;
  const text = packed(JSON.stringify({ sets })).toString("base64");
  return Buffer.byteLength(text) <= SETS_BYTES_MAX ? text : writeSets(sets.slice(0, -1));
}

/** A larger window than the text needs has brotli prepare tables of 16 MB: 17 ms instead of 0.7 ms for the same bytes. The highest quality takes 25 ms, and saves a tenth of 2 KB. */
function packed(text: string): Buffer {
  const bytes = Buffer.from(text);
  const window = Math.min(24, Math.max(16, Math.ceil(Math.log2(bytes.length))));
  return brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: window },
  });
}

/** Reads sets back, by their hash; none where errand did not write the text. Whether to believe a set is for the caller to check. */
export function readSets(text: string | undefined): ReadonlyMap<string, AppliedSet> {
  try {
    const value: unknown = JSON.parse(unpacked(text ?? ""));
    const sets: unknown[] = isRecord(value) && Array.isArray(value.sets) ? value.sets : [];
    return new Map(sets.filter(isSet).map((set) => [hashManifests(set), set]));
  } catch {
    return new Map();
  }
}

/** Earlier versions wrote plain JSON. */
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
