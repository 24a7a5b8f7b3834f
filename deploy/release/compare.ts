import { stringify } from "yaml";
import { isRecord } from "../../runtime/job/problem.ts";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import type { KubeObject, Returned } from "../../runtime/kube/surface/objects.ts";
import { formatBytes } from "../build/size-report.ts";
import { FIELD_MANAGER } from "../cluster/connect.ts";
import type { Manifest } from "../manifests/manifest.ts";
import { PAUSE_MANAGER } from "../runs/pause.ts";
import { APPLIED_ANNOTATION } from "./revisions/record-deploy.ts";
import { REVISIONS_ANNOTATION } from "./revisions/revision.ts";
import { type Change, changeOf, tryManifests } from "./try-manifests.ts";

/** Lines shown before and after each difference. */
const CONTEXT = 2;

/** Texts that differ in more lines than this are not shown line by line: nobody would read it. */
const DIFFERING_LINES_MAX = 2_000;

/** What a deploy would do to one object. */
export interface Difference extends Change {
  /** Lines of its YAML, marked `-` and `+`; none for an object that would be created or stay as it is. */
  readonly lines: readonly string[];
  /** Fields that others have added and a deploy leaves alone; absent where there are none. */
  readonly unmanaged?: readonly string[];
}

/**
 * Compares manifests with what is in the cluster, as the API server would store them: with its defaults, webhooks' changes and other managers' fields.
 *
 * @param force takes fields that another manager owns
 * @throws {CommandError} where applying them would be refused
 */
export async function compareManifests(
  client: KubeClient,
  manifests: readonly Manifest[],
  force: boolean,
  allowUntried = false,
): Promise<Difference[]> {
  const tried = await tryManifests(client, manifests, force, { allowUntried });
  const compared = tried.map(async (each) => {
    const { before, after } = each;
    const change = changeOf(each, after);
    const isBoth = before !== undefined && after !== undefined && change.change === "configured";
    const unmanaged = after === undefined ? [] : unmanagedFields(after);
    const lines = isBoth ? await lineDiff(toText(before), toText(after)) : [];
    return { ...change, lines, ...(unmanaged.length === 0 ? {} : { unmanaged }) };
  });
  return await Promise.all(compared);
}

/**
 * Compares two texts line by line.
 *
 * @returns the lines that differ, marked `-` and `+`, with two lines around each, and `…` for what is left out; nothing where the texts are the same
 */
export async function lineDiff(before: string, after: string): Promise<string[]> {
  if (before === after) return [];
  // Loaded only here: most deploys change no existing text.
  const { diffArrays } = await import("diff");
  const [old, now] = [before.split("\n"), after.split("\n")];
  const parts = diffArrays(old, now, { maxEditLength: DIFFERING_LINES_MAX });
  if (parts === undefined) return [`- ${old.length} lines`, `+ ${now.length} lines`];
  const signed = parts.flatMap(({ value, added, removed }) =>
    value.map((line) => ({ line: `${added ? "+" : removed ? "-" : " "} ${line}`, isSame: !added && !removed })),
  );
  const isShown = signed.map((_, index) =>
    signed.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ isSame }) => !isSame),
  );
  return signed.flatMap(({ line }, index) => {
    if (isShown[index]) return [line];
    return index > 0 && isShown[index - 1] ? ["…"] : [];
  });
}

/** The YAML of an object, without what the server itself maintains, and with the size of binary data in its place. */
export function toText({
  metadata,
  ...rest
}: Pick<Returned<KubeObject>, "apiVersion" | "kind"> & Pick<KubeObject, "metadata">): string {
  const { name, namespace, labels, annotations } = metadata ?? {};
  const { status: _status, binaryData, ...fields } = rest as Readonly<Record<string, unknown>>;
  const shown = {
    ...fields,
    metadata: { name, namespace, labels, ...withoutRecord(annotations) },
    ...sizesOf(binaryData),
  };
  return stringify(shown, { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false });
}

/** The record of deploys only repeats what the other objects show. */
function withoutRecord(annotations: Readonly<Record<string, string>> = {}) {
  const { [APPLIED_ANNOTATION]: _applied, [REVISIONS_ANNOTATION]: _revisions, ...others } = annotations;
  return Object.keys(others).length === 0 ? {} : { annotations: others };
}

function sizesOf(binaryData: unknown) {
  if (typeof binaryData !== "object" || binaryData === null) return {};
  const sizes = Object.entries(binaryData).map(([name, base64]) => [
    name,
    formatBytes(Buffer.byteLength(String(base64), "base64")),
  ]);
  return { binaryData: Object.fromEntries(sizes) };
}

/** Fields as the server records who owns them. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/#ManagedFieldsEntry */
type FieldSet = Readonly<Record<string, unknown>>;

/** The fields that decide what a job does and may do; labels and annotations are anybody's. */
const DECIDING: readonly string[] = [
  ...["spec", "rules", "subjects", "roleRef", "data", "binaryData"],
  ...["secrets", "imagePullSecrets", "automountServiceAccountToken", "aggregationRule"],
];

/** Other keys are not fields, such as the dot that stands for the object itself. */
const KEY = /^[fkv]:/;

/**
 * Names what others have added to an object and a deploy leaves alone, since it writes only its own fields: a variable in the pod template, a container, a rule.
 *
 * @param after the object as a deploy would leave it, with its `managedFields`
 * @returns a line for each, with its field manager, such as `spec.jobTemplate.spec.template.spec.containers[name=job].env[name=DEBUG] (kubectl-edit)`
 */
export function unmanagedFields({ metadata }: Returned<KubeObject>): string[] {
  const entries = (metadata.managedFields ?? []).filter(({ subresource }) => !subresource);
  const isOwn = ({ manager }: { readonly manager?: string }) => manager === FIELD_MANAGER || manager === PAUSE_MANAGER;
  const own = entries.filter(isOwn).map(({ fieldsV1 }) => fieldsV1 as FieldSet);
  const found = entries
    .filter((entry) => !isOwn(entry))
    .flatMap(({ manager = "somebody", fieldsV1 }) =>
      isRecord(fieldsV1) ? added(fieldsV1, own, "").map((path) => `${path} (${manager})`) : [],
    )
    .filter((path) => DECIDING.some((field) => new RegExp(`^${field}(?:[.\\[ ]|$)`).test(path)));
  return [...new Set(found)].sort();
}

/** The paths of a set that no other set has. Something new as a whole, such as an item of a list, is one path. */
function added(fields: FieldSet, own: readonly (FieldSet | undefined)[], path: string): string[] {
  return Object.entries(fields).flatMap(([key, inner]): string[] => {
    if (!KEY.test(key)) return [];
    const place = `${path}${nameOf(key, path)}`;
    const below = own.flatMap((set) => (isRecord(set) && Object.hasOwn(set, key) ? [set[key] as FieldSet] : []));
    if (below.length === 0 && (!isRecord(inner) || Object.keys(inner).length === 0 || "." in inner)) return [place];
    return isRecord(inner) ? added(inner, below, place) : [];
  });
}

/** `f:spec` is a field, `k:{"name":"job"}` the list item with this key, `v:"x"` a value of a set. */
function nameOf(key: string, path: string): string {
  const text = key.slice(2);
  if (key.startsWith("f:")) return path === "" ? text : `.${text}`;
  if (key.startsWith("v:")) return `[${text}]`;
  try {
    const value: unknown = JSON.parse(text);
    const parts = isRecord(value) ? Object.entries(value).map(([name, each]) => `${name}=${String(each)}`) : [text];
    return `[${parts.join(",")}]`;
  } catch {
    return `[${text}]`;
  }
}
