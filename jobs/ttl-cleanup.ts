import { defineJob, type KubeObject, parseDuration } from "errand";
import { z } from "zod";

/** kube-janitor's annotations work as they are. https://codeberg.org/hjacobs/kube-janitor */
const TTL = ["errand/ttl", "janitor/ttl"];
const EXPIRES = ["errand/expires", "janitor/expires"];
const KEPT_FOREVER = "forever";

/** What may expire. To clean up another resource, add it here and in `access`. */
const RESOURCES = [
  "deployments",
  "statefulsets",
  "jobs",
  "services",
  "ingresses",
  "configmaps",
  "persistentvolumeclaims",
] as const;

/** Why an object with a date stays. */
type KeepReason = "terminating" | "system" | "owned" | "notYet" | "overMax";

const params = z.strictObject({
  labelSelector: z.string().default("").describe("Only objects with these labels, such as env=preview"),
  max: z.int().min(1).optional().describe("Remove at most this many in one run and leave the rest to the next"),
});

export default defineJob({
  description: "Removes objects whose annotation says that their time is over",
  schedule: "*/30 * * * *",
  params,
  access: {
    deployments: ["list", "delete"],
    statefulsets: ["list", "delete"],
    jobs: ["list", "delete"],
    services: ["list", "delete"],
    ingresses: ["list", "delete"],
    configmaps: ["list", "delete"],
    persistentvolumeclaims: ["list", "delete"],
  },
  cascades: true, // a workload's pods go with it
  limits: { delete: 50 },
  timeout: "10m",
  async run({ kube, params, log, progress, dryRun }) {
    const results = { deleted: 0, changed: 0, gone: 0 };
    const kept: Partial<Record<KeepReason, number>> = {};
    const unreadable: string[] = [];
    for (const resource of RESOURCES) {
      const selected = params.labelSelector === "" ? {} : { labelSelector: params.labelSelector };
      for await (const object of kube[resource].listMetadata(selected)) {
        const name = `${resource}/${object.metadata.name}`;
        const end = endOf(object.metadata);
        if (end === undefined) continue;
        if (Number.isNaN(end)) {
          unreadable.push(name);
          continue;
        }
        const reason = keepReason(object.metadata, end) ?? (results.deleted === params.max ? "overMax" : undefined);
        if (reason !== undefined) {
          kept[reason] = (kept[reason] ?? 0) + 1;
          continue;
        }
        const result = await kube[resource].delete(object, { propagationPolicy: "Background" });
        results[result]++;
        if (result === "deleted")
          log.info(`${dryRun ? "would delete" : "deleted"} ${name}`, { expired: new Date(end).toISOString() });
        progress(results);
      }
    }
    for (const name of unreadable) log.warn(`${name}: its annotation is neither a duration nor a date, so it stays`);
    return { ...results, kept, unreadable };
  },
});

type Metadata = NonNullable<KubeObject["metadata"]>;

/** When an object's time is over, in milliseconds since 1970; undefined where it says nothing, NaN where it cannot be read. */
function endOf({ annotations = {}, creationTimestamp = "" }: Metadata): number | undefined {
  const ttl = TTL.map((key) => annotations[key]).find((value) => value !== undefined);
  const expires = EXPIRES.map((key) => annotations[key]).find((value) => value !== undefined);
  if (ttl === KEPT_FOREVER || (ttl === undefined && expires === undefined)) return undefined;
  if (ttl === undefined) return dateOf(expires ?? "");
  try {
    return Date.parse(creationTimestamp) + parseDuration(ttl);
  } catch {
    return Number.NaN;
  }
}

/** `2027-03-01`, `2027-03-01T12:00` or `2027-03-01T12:00:00Z`, all in UTC. */
function dateOf(text: string): number {
  if (!/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?Z?)?$/.test(text)) return Number.NaN;
  return Date.parse(text.length === 10 || text.endsWith("Z") ? text : `${text}Z`);
}

function keepReason(
  { deletionTimestamp, namespace = "", ownerReferences }: Metadata,
  end: number,
): KeepReason | undefined {
  if (end > Date.now()) return "notYet";
  if (deletionTimestamp !== undefined) return "terminating";
  if (namespace.startsWith("kube-")) return "system";
  // Its controller would make it again.
  return ownerReferences?.some((owner) => owner.controller) ? "owned" : undefined;
}
