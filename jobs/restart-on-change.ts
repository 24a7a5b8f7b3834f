import { createHash } from "node:crypto";
import { defineJob, type Kube, type ObjectOf, type Returned } from "errand";
import { z } from "zod";

type Workload = Returned<ObjectOf<"deployments"> | ObjectOf<"statefulsets"> | ObjectOf<"daemonsets">>;
type PodSpec = NonNullable<ObjectOf<"pods">["spec"]>;

/** What a workload's configuration was when it last started: a hash of which objects, and one of what is in them. It stays on the workload itself, whoever restarted it. */
const HASH = "errand/config-hash";
/** As `kubectl rollout restart` writes it. */
const RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";

/** In one run: with `max`, they stay below the job's limit. */
const NOTED_MAX = 40;

const access = {
  deployments: ["list", "patch"],
  statefulsets: ["list", "patch"],
  daemonsets: ["list", "patch"],
  configmaps: ["get"],
  secrets: ["get"],
} as const;

const params = z.strictObject({
  labelSelector: z.string().default("errand/restart=on-change").describe("Which workloads, such as app=web"),
  max: z
    .int()
    .min(1)
    .max(10)
    .default(3)
    .describe("Restart at most this many in one run and leave the rest to the next"),
});

export default defineJob({
  description: "Restarts workloads whose ConfigMaps or Secrets changed",
  schedule: "*/5 * * * *",
  params,
  access,
  limits: { patch: 50 },
  timeout: "4m",
  async run({ kube, params: { labelSelector, max }, log, progress, dryRun }) {
    const result = {
      restarted: [] as string[],
      noted: [] as string[],
      waiting: [] as string[],
      missing: [] as string[],
    };
    const read = configReader(kube);
    for (const resource of ["deployments", "statefulsets", "daemonsets"] as const) {
      for await (const workload of kube[resource].list({ labelSelector })) {
        const name = `${workload.kind}/${workload.metadata.name}`;
        if (workload.metadata.deletionTimestamp !== undefined || workload.metadata.namespace.startsWith("kube-"))
          continue;
        const hash = await hashOf(workload, read);
        if (hash === undefined) {
          result.missing.push(name); // a restart would only break it
          log.warn(`${name} stays as it is: a ConfigMap or Secret that it needs is missing`);
          continue;
        }
        const before = workload.metadata.annotations?.[HASH];
        if (before === hash) continue;
        // Seen for the first time: what it runs with is unknown, and a restart of everything at once is worse than none. Where it refers to other objects, its template changed, which restarted it.
        const isNew = before?.split(".")[0] !== hash.split(".")[0];
        if (isNew ? result.noted.length >= NOTED_MAX : result.restarted.length >= max) {
          result.waiting.push(name);
          continue;
        }
        const answer = await kube[resource].patch(workload, isNew ? noted(hash) : restarted(hash));
        if (answer === "gone" || answer === "changed") continue; // the next run looks again
        result[isNew ? "noted" : "restarted"].push(name);
        if (!isNew) log.info(`${dryRun ? "would restart" : "restarted"} ${name}`);
        progress({ restarted: result.restarted.length });
      }
    }
    return result;
  },
});

function noted(hash: string) {
  return { metadata: { annotations: { [HASH]: hash } } };
}

/** Both in one patch: a run that is lost in between would restart again or never. */
function restarted(hash: string) {
  const annotations = { [RESTARTED_AT]: new Date().toISOString() };
  return { ...noted(hash), spec: { template: { metadata: { annotations } } } };
}

interface Reference {
  readonly kind: "configmaps" | "secrets";
  readonly name: string;
  readonly isOptional: boolean;
}

type Read = (reference: Reference) => Promise<unknown>;

/** Reads each object once, although many workloads may use it; undefined where it is not there. */
function configReader(kube: Kube<typeof access>): Read {
  const known = new Map<string, Promise<unknown>>();
  return ({ kind, name }) => {
    const key = `${kind}/${name}`;
    const content = known.get(key) ?? contentOf(kube, kind, name);
    known.set(key, content);
    return content;
  };
}

/** What a pod sees of it: its data, and not its labels or who wrote it. */
async function contentOf(kube: Kube<typeof access>, kind: Reference["kind"], name: string): Promise<unknown> {
  try {
    const object = await kube[kind].get(name);
    const binary = "binaryData" in object ? object.binaryData : undefined;
    return [sorted(object.data), sorted(binary)];
  } catch (error) {
    if (error instanceof Error && "reason" in error && error.reason === "NotFound") return undefined;
    throw error;
  }
}

function sorted(data: object | undefined): unknown {
  return Object.entries(data ?? {}).sort(([left], [right]) => (left < right ? -1 : 1));
}

/** undefined where something is missing that the pods cannot do without. */
async function hashOf({ spec }: Workload, read: Read): Promise<string | undefined> {
  const [names, contents] = [createHash("sha256"), createHash("sha256")];
  for (const reference of referencesOf(spec.template.spec)) {
    const content = await read(reference);
    if (content === undefined && !reference.isOptional) return undefined;
    names.update(`${reference.kind}/${reference.name} `);
    contents.update(JSON.stringify(content ?? null));
  }
  return `${names.digest("hex").slice(0, 8)}.${contents.digest("hex").slice(0, 16)}`;
}

/** In an order that does not depend on where they stand. */
function referencesOf(spec: PodSpec | undefined): Reference[] {
  const found = new Map<string, Reference>();
  const note = (kind: Reference["kind"], name: string | undefined, optional = false) => {
    const isOptional = optional && (found.get(`${kind}/${name}`)?.isOptional ?? true);
    if (name !== undefined) found.set(`${kind}/${name}`, { kind, name, isOptional });
  };
  for (const { configMap, secret, projected } of spec?.volumes ?? []) {
    note("configmaps", configMap?.name, configMap?.optional);
    note("secrets", secret?.secretName, secret?.optional);
    for (const source of projected?.sources ?? []) {
      note("configmaps", source.configMap?.name, source.configMap?.optional);
      note("secrets", source.secret?.name, source.secret?.optional);
    }
  }
  for (const { env = [], envFrom = [] } of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
    for (const { configMapRef, secretRef } of envFrom) {
      note("configmaps", configMapRef?.name, configMapRef?.optional);
      note("secrets", secretRef?.name, secretRef?.optional);
    }
    for (const { valueFrom } of env) {
      note("configmaps", valueFrom?.configMapKeyRef?.name, valueFrom?.configMapKeyRef?.optional);
      note("secrets", valueFrom?.secretKeyRef?.name, valueFrom?.secretKeyRef?.optional);
    }
  }
  return [...found].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, reference]) => reference);
}
