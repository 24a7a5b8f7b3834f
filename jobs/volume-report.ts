import {
  DURATION_PATTERN,
  defineJob,
  formatDuration,
  type Kube,
  type ObjectOf,
  parseDuration,
  quantity,
  type Returned,
} from "errand";
import { z } from "zod";

type Claim = Returned<ObjectOf<"persistentvolumeclaims">>;
type Volume = Returned<ObjectOf<"persistentvolumes">>;

/** Storage that nobody uses. A type and not an interface: only types are JSON to TypeScript. */
type Unused = {
  readonly name: string;
  readonly storageClass: string;
  readonly size: string;
  /** For how long, as far as its object says. */
  readonly unusedFor: string;
  readonly costPerMonth?: number;
};

const GIBIBYTE = 2 ** 30;
const HOUR_MS = 3_600_000;

const params = z.strictObject({
  olderThan: z
    .string()
    .regex(DURATION_PATTERN, "write numbers with units, such as 12h or 7d")
    .default("7d")
    .describe("How long a volume must have been unused, such as 12h or 30d"),
  pricePerGiB: z.number().min(0).optional().describe("What a gibibyte costs a month, to say what unused volumes cost"),
  removeReleased: z
    .boolean()
    .default(false)
    .describe("Delete released PersistentVolumes; the data is then the storage provider's to keep or to drop"),
  keepAnnotation: z
    .string()
    .default("errand/keep")
    .describe('Volumes with this annotation are never deleted, unless it says "false"'),
});

const access = {
  persistentvolumes: ["list", "delete"],
  persistentvolumeclaims: ["list"],
  pods: ["list"],
  statefulsets: ["list"],
  cronjobs: ["list"],
} as const;

type AllNamespaces = Kube<typeof access, "cluster">["allNamespaces"];

export default defineJob({
  description: "Reports claims that no pod mounts and volumes that are released",
  schedule: "0 6 * * mon",
  params,
  access,
  scope: "cluster",
  limits: { delete: 20 },
  timeout: "10m",
  async run({ kube, params, log, progress, dryRun }) {
    const all = kube.allNamespaces;
    const before = Date.now() - parseDuration(params.olderThan);
    const claims = await all.persistentvolumeclaims.list().toArray(); // first: a pod that comes later mounts what is here
    const mounted = await mountedClaims(all);
    const unusedClaims = claims
      .filter((claim) => !mounted(claim) && Date.parse(claim.metadata.creationTimestamp) <= before)
      .map((claim) => describe(`${claim.metadata.namespace}/${claim.metadata.name}`, claim, params.pricePerGiB));
    progress({ claims: claims.length });

    const released: Unused[] = [];
    const deleted: string[] = [];
    for await (const volume of kube.persistentvolumes.list()) {
      if (volume.status.phase !== "Released" || Date.parse(releasedAt(volume)) > before) continue;
      released.push(describe(volume.metadata.name, volume, params.pricePerGiB));
      if (!params.removeReleased || isKept(volume, params.keepAnnotation)) continue;
      if ((await kube.persistentvolumes.delete(volume)) !== "deleted") continue;
      deleted.push(volume.metadata.name);
      log.info(`${dryRun ? "would delete" : "deleted"} ${volume.metadata.name}`);
    }
    for (const { name, size, unusedFor } of [...unusedClaims, ...released])
      log.warn(`${name}: ${size}, unused`, { unusedFor });
    return { unusedClaims, released, deleted, ...costOf([...unusedClaims, ...released]) };
  },
});

/** Claims that a pod mounts, or that one will mount again: those of a StatefulSet that is scaled down, and those that a CronJob names. */
async function mountedClaims(all: AllNamespaces): Promise<(claim: Claim) => boolean> {
  const named = new Set<string>();
  const note = (namespace: string, volumes: Volumes = []) => {
    for (const { persistentVolumeClaim } of volumes) {
      if (persistentVolumeClaim?.claimName !== undefined) named.add(`${namespace}/${persistentVolumeClaim.claimName}`);
    }
  };
  for await (const { metadata, spec } of all.pods.list()) {
    note(metadata.namespace, spec.volumes);
    // A claim that the pod owns has its name and the volume's.
    for (const { name, ephemeral } of spec.volumes ?? [])
      if (ephemeral) named.add(`${metadata.namespace}/${metadata.name}-${name}`);
  }
  for await (const { metadata, spec } of all.cronjobs.list()) {
    note(metadata.namespace, spec.jobTemplate?.spec?.template?.spec?.volumes);
  }
  const prefixes: string[] = [];
  for await (const { metadata, spec } of all.statefulsets.list()) {
    for (const template of spec.volumeClaimTemplates ?? []) {
      prefixes.push(`${metadata.namespace}/${template.metadata?.name}-${metadata.name}-`);
    }
  }
  return ({ metadata }) => {
    const name = `${metadata.namespace}/${metadata.name}`;
    return (
      named.has(name) || prefixes.some((prefix) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    );
  };
}

type Volumes = readonly { readonly persistentVolumeClaim?: { readonly claimName?: string } }[];

function describe(name: string, { metadata, spec }: Claim | Volume, price: number | undefined): Unused {
  const size =
    ("capacity" in spec
      ? spec.capacity?.storage
      : "resources" in spec
        ? spec.resources?.requests?.storage
        : undefined) ?? "0";
  const hours = Math.round((Date.now() - Date.parse(metadata.creationTimestamp)) / HOUR_MS);
  const costPerMonth = price === undefined ? {} : { costPerMonth: (quantity.toNumber(size) / GIBIBYTE) * price };
  return {
    name,
    storageClass: spec.storageClassName ?? "",
    size,
    unusedFor: `at most ${formatDuration(hours * HOUR_MS)}`,
    ...costPerMonth,
  };
}

function releasedAt({ metadata, status }: Volume): string {
  return status.lastPhaseTransitionTime ?? metadata.creationTimestamp;
}

function isKept({ metadata }: Volume, annotation: string): boolean {
  return (metadata.annotations?.[annotation] ?? "false") !== "false";
}

function costOf(unused: readonly Unused[]) {
  const costs = unused.flatMap(({ costPerMonth }) => costPerMonth ?? []);
  return costs.length === 0 ? {} : { costPerMonth: Math.round(costs.reduce((sum, cost) => sum + cost, 0) * 100) / 100 };
}
