import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { ifFound, unlessForbidden } from "../../cluster/connect.ts";
import { type MissingObject, type NeededObject, neededObjects } from "../../runs/history/missing-object.ts";
import type { PodObject } from "../../runs/history/run-objects.ts";

/** What a pod cannot start without, as far as somebody may look. */
export interface Needs {
  readonly missing: readonly MissingObject[];
  /** What nobody here may read, such as `Secret billing`. */
  readonly unread: readonly string[];
}

/**
 * Looks for the Secrets and ConfigMaps that a pod mounts or reads, and for the keys of them that it names: without one the kubelet does not start it, and says so
 * only then.
 *
 * @param isMade of what comes with the job itself, such as its bundle
 */
export async function findNeeds(
  { kube }: Pick<KubeClient, "kube">,
  namespace: string,
  spec: NonNullable<PodObject["spec"]>,
  isMade: (object: NeededObject) => boolean = () => false,
): Promise<Needs> {
  const needed = neededObjects(spec).filter((object) => !isMade(object));
  const found = await Promise.all(
    needed.map(async ({ kind, name, keys }): Promise<Needs> => {
      const { secrets, configmaps } = kube.inNamespace(namespace);
      const reading = ifFound<{ data?: object; binaryData?: object }>(
        (kind === "Secret" ? secrets : configmaps).get(name),
      );
      const holder = await unlessForbidden(reading, "unread" as const);
      if (holder === "unread") return { missing: [], unread: [`${kind} ${name}`] };
      if (holder === undefined) return { missing: [{ kind, name }], unread: [] };
      const known = Object.keys({ ...holder.data, ...holder.binaryData });
      return { missing: keys.filter((key) => !known.includes(key)).map((key) => ({ kind, name, key })), unread: [] };
    }),
  );
  return { missing: found.flatMap(({ missing }) => missing), unread: found.flatMap(({ unread }) => unread) };
}

/** `Secret billing is not there`, or `key token of Secret billing`. */
export function describeMissing({ kind, name, key }: MissingObject): string {
  return `${key === undefined ? "" : `key ${key} of `}${kind} ${name} does not exist`;
}
