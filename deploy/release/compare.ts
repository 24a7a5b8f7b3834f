import { stringify } from "yaml";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import type { KubeObject, Returned } from "../../runtime/kube/surface/objects.ts";
import { formatBytes } from "../build/size-report.ts";
import type { Manifest } from "../manifests/manifest.ts";
import { type Change, changeOf, tryManifests } from "./apply.ts";
import { APPLIED_ANNOTATION } from "./revisions/applied-sets.ts";
import { REVISIONS_ANNOTATION } from "./revisions/revision.ts";
import { unmanagedFields } from "./unmanaged-fields.ts";

/** Lines shown before and after each difference. */
const CONTEXT = 2;

/** Texts that differ in more lines than this are not shown line by line: nobody would read it. */
const DIFFERING_LINES_MAX = 2_000;

/** What deploying would do to one object. */
export interface Difference extends Change {
  /** Lines of its YAML, marked `-` and `+`; none for one that would be created or stay as it is. */
  readonly lines: readonly string[];
  /** What others have put into it, and a deploy leaves there; absent where there is nothing of that kind. */
  readonly unmanaged?: readonly string[];
}

/**
 * Compares manifests with what is in the cluster, as the API server would make of them: with its defaults, webhooks and other managers' fields.
 *
 * @param force takes fields that another manager owns
 * @throws {CommandError} where applying would be refused
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
 * @returns the lines that differ, marked `-` and `+`, with two lines around each; `…` stands for what is left out; nothing where the texts are the same
 */
export async function lineDiff(before: string, after: string): Promise<string[]> {
  if (before === after) return [];
  // Most deploys change no text that is there, so it is loaded only here.
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

/** The YAML of an object without what the server itself keeps, and with the size of bytes instead of them. */
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

/** The record of what is applied repeats what the other objects show. */
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
