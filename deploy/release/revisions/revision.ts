import { createHash } from "node:crypto";
import { isRecord } from "../../../runtime/job/problem.ts";
import type { Manifest } from "../../manifests/manifest.ts";
import { CONTAINER_NAME } from "../../settings/own-fields.ts";

/**
 * On the CronJob: what was deployed, the most recent first, as JSON, with hashes of each set. Only those who may change the job itself can write it, and nothing
 * else is believed about what can be rolled back to.
 */
export const REVISIONS_ANNOTATION = "errand/revisions";

/** One set of objects that was deployed, as the CronJob records it. */
export interface RevisionRecord {
  /** The first digits of the bundle's hash. */
  readonly revision: string;
  /** Counts the sets of a revision: the same code can be deployed with different settings, such as image or resources. */
  readonly number: number;
  /** When it was deployed, RFC 3339. */
  readonly deployedAt: string;
  /** SHA-256 of the manifests that were applied with it, in hexadecimal. */
  readonly applied: string;
  /** SHA-256 of its ConfigMap's contents, in hexadecimal. */
  readonly bundle: string;
}

/** One deployed bundle, with everything that was applied around it. */
export interface Revision extends Pick<RevisionRecord, "revision" | "deployedAt"> {
  /** What `rollback --to` takes: the revision, a dot, and the number of the set. */
  readonly name: string;
  readonly configMap: string;
  /** What a rollback applies: everything except the ConfigMap. */
  readonly manifests: readonly Manifest[];
}

/** How many revisions are kept to go back to, the deployed one included. */
export const REVISIONS_KEPT = 5;

/** How many sets are kept of a revision, the deployed one included. */
const SETS_KEPT = 5;

/** How many revisions are recorded: older ones until they can be removed, since a run may still use their code. What is left of any beyond that goes with the job. */
const REVISIONS_REMEMBERED = 20;

/** The part of a CronJob that holds the record. */
interface RecordOwner {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> | undefined };
}

const REVISION = /^[0-9a-f]{1,64}$/;
const SHA_256 = /^[0-9a-f]{64}$/;

/**
 * Reads a CronJob's record of its deploys, the most recent first.
 *
 * @returns undefined where it has no record, or one that cannot be read
 */
export function readRecords({ metadata }: RecordOwner): readonly RevisionRecord[] | undefined {
  try {
    const value: unknown = JSON.parse(metadata.annotations?.[REVISIONS_ANNOTATION] ?? "");
    const isList = Array.isArray(value) && value.length <= REVISIONS_REMEMBERED * SETS_KEPT;
    return isList && value.every(isRevisionRecord) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRevisionRecord(value: unknown): value is RevisionRecord {
  if (!isRecord(value)) return false;
  const { revision, number, deployedAt, applied, bundle } = value;
  const isText = (text: unknown, pattern: RegExp) => typeof text === "string" && pattern.test(text);
  const isTime = typeof deployedAt === "string" && !Number.isNaN(Date.parse(deployedAt));
  return (
    isText(revision, REVISION) && isText(applied, SHA_256) && isText(bundle, SHA_256) && isTime && isNumber(number)
  );
}

function isNumber(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

/**
 * Puts what is deployed now in front of earlier deploys. A set that was deployed before keeps its number.
 *
 * @param records the most recently deployed first
 */
export function addRecord(
  records: readonly RevisionRecord[],
  deployed: Omit<RevisionRecord, "number" | "deployedAt">,
  now: Date,
): RevisionRecord[] {
  const ofRevision = records.filter(({ revision }) => revision === deployed.revision);
  const known = ofRevision.find((record) => isSameSet(record, deployed));
  const number = known?.number ?? Math.max(0, ...ofRevision.map((record) => record.number)) + 1;
  const all = [{ ...deployed, number, deployedAt: now.toISOString() }, ...records.filter((record) => record !== known)];
  return revisionsOf(all)
    .slice(0, REVISIONS_REMEMBERED)
    .flatMap((revision) => all.filter((record) => record.revision === revision).slice(0, SETS_KEPT))
    .toSorted((left, right) => all.indexOf(left) - all.indexOf(right));
}

/** True for the same code with the same manifests, whenever it was deployed. */
export function isSameSet(left: Omit<RevisionRecord, "number" | "deployedAt">, right: typeof left): boolean {
  return left.revision === right.revision && left.applied === right.applied && left.bundle === right.bundle;
}

/** Each revision once, the most recently deployed first. */
export function revisionsOf(records: readonly RevisionRecord[]): string[] {
  return [...new Set(records.map(({ revision }) => revision))];
}

/** Writes the record into the CronJob's manifest. */
export function withRecords(manifests: readonly Manifest[], records: readonly RevisionRecord[]): Manifest[] {
  if (records.length === 0) return [...manifests];
  const annotation = { [REVISIONS_ANNOTATION]: JSON.stringify(records) };
  return manifests.map((manifest) => (manifest.kind === "CronJob" ? withAnnotations(manifest, annotation) : manifest));
}

/** A manifest with more annotations. */
export function withAnnotations(manifest: Manifest, more: Readonly<Record<string, string>>): Manifest {
  const { metadata } = manifest;
  return { ...manifest, metadata: { ...metadata, annotations: { ...metadata.annotations, ...more } } };
}

/** SHA-256 of manifests: the same definition gives the same text. */
export function hashManifests(manifests: readonly Manifest[]): string {
  return sha256(JSON.stringify(manifests));
}

/** SHA-256 of a ConfigMap's contents, in whatever order the server lists them. */
export function hashContent({ data, binaryData }: Readonly<Record<string, unknown>>): string {
  const sorted = (files: unknown) => (isRecord(files) ? Object.entries(files).sort(byName) : []);
  return sha256(JSON.stringify([sorted(data), sorted(binaryData)]));
}

function byName([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The deployed revision: the most recent set of the deployed code. */
export function findCurrent(revisions: readonly Revision[], current: string): Revision | undefined {
  return revisions.find(({ revision }) => revision === current);
}

/** The image of a revision's pods. */
export function imageOf({ manifests }: Pick<Revision, "manifests">): string | undefined {
  const cronJob = manifests.find(({ kind }) => kind === "CronJob");
  const template = at(cronJob?.spec, "jobTemplate", "spec", "template", "spec", "containers");
  const containers = Array.isArray(template) ? template.filter(isRecord) : [];
  const image = containers.find(({ name }) => name === CONTAINER_NAME)?.image;
  return typeof image === "string" ? image : undefined;
}

/** Reads a path in a value of unknown shape. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((inner, key) => (isRecord(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined), value);
}
