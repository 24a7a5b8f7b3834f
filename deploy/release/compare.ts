import { stringify } from "yaml";
import type { KubeObject, Returned } from "../../runtime/kube/surface/objects.ts";
import { formatBytes } from "../build/size-report.ts";
import type { ClusterApi } from "../cluster/cluster-api.ts";
import type { Manifest } from "../manifests/manifest.ts";
import { lineDiff } from "../terminal/line-diff.ts";
import { type Change, changeOf, tryManifests } from "./apply.ts";
import { APPLIED_ANNOTATION } from "./revisions/applied-sets.ts";
import { REVISIONS_ANNOTATION } from "./revisions/revision.ts";
import { unmanagedFields } from "./unmanaged-fields.ts";

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
  api: ClusterApi,
  manifests: readonly Manifest[],
  force: boolean,
  allowUntried = false,
): Promise<Difference[]> {
  const tried = await tryManifests(api, manifests, force, allowUntried);
  return tried.map((each) => {
    const { before, after } = each;
    const change = changeOf(each, after);
    const isBoth = before !== undefined && after !== undefined && change.change === "configured";
    const unmanaged = after === undefined ? [] : unmanagedFields(after);
    const lines = isBoth ? lineDiff(toText(before), toText(after)) : [];
    return { ...change, lines, ...(unmanaged.length === 0 ? {} : { unmanaged }) };
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
