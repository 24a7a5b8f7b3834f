import { DURATION_PATTERN, defineJob, type Kube, type ObjectOf, parseDuration, type Returned } from "errand";
import { z } from "zod";

type PodSpec = NonNullable<ObjectOf<"pods">["spec"]>;
interface Config {
  readonly kind: "ConfigMap" | "Secret";
  readonly metadata: Returned<ObjectOf<"secrets">>["metadata"];
}

/** An object that nothing refers to. A type and not an interface: only types are JSON to TypeScript. */
type Unused = {
  readonly object: string;
  readonly createdAt: string;
  /** `maybe` where something may find it in a way that leaves no reference, as `because` says. */
  readonly sure: "yes" | "maybe";
  readonly because?: string;
};

const access = {
  configmaps: ["list"],
  secrets: ["list"],
  pods: ["list"],
  deployments: ["list"],
  statefulsets: ["list"],
  daemonsets: ["list"],
  replicasets: ["list"],
  jobs: ["list"],
  cronjobs: ["list"],
  serviceaccounts: ["list"],
  ingresses: ["list"],
  // Custom resources that name Secrets or ConfigMaps: add each here and to `readCustom`, such as "gateways.gateway.networking.k8s.io": ["list"].
} as const;

/** Made and used by Kubernetes or Helm. https://kubernetes.io/docs/concepts/configuration/secret/#secret-types */
const OWN_TYPES = ["kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token", "helm.sh/release.v1"];
const OWN_NAMES = ["kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert"];

const params = z.strictObject({
  olderThan: z
    .string()
    .regex(DURATION_PATTERN, "write numbers with units, such as 12h or 7d")
    .default("7d")
    .describe("Only objects of at least this age, such as 12h or 30d"),
  keepAnnotation: z
    .string()
    .default("errand/keep")
    .describe('Objects with this annotation are in use, unless it says "false"'),
});

export default defineJob({
  description: "Reports ConfigMaps and Secrets that nothing refers to",
  schedule: "0 5 * * mon",
  params,
  access,
  timeout: "10m",
  async run({ kube, params: { olderThan, keepAnnotation }, log, progress }) {
    const before = Date.now() - parseDuration(olderThan);
    const unused: Unused[] = [];
    let looked = 0;
    // First: what comes later may refer to what is here, not the other way round.
    const configs = await readConfigs(kube);
    const references = await readReferences(kube);
    for (const config of configs) {
      const { annotations = {}, creationTimestamp, name, ownerReferences = [] } = config.metadata;
      progress({ looked: ++looked });
      if (ownerReferences.length > 0 || Date.parse(creationTimestamp) > before) continue;
      if ((annotations[keepAnnotation] ?? "false") !== "false" || references.named.has(`${config.kind}/${name}`))
        continue;
      const because = doubtAbout(config, references.texts);
      const found = { object: `${config.kind}/${name}`, createdAt: creationTimestamp };
      unused.push(because === undefined ? { ...found, sure: "yes" } : { ...found, sure: "maybe", because });
      log.info(`nothing refers to ${config.kind}/${name}`, { sure: because === undefined ? "yes" : "maybe" });
    }
    return { looked, unused };
  },
});

/** Metadata alone: what is in a Secret is nobody's business here. */
async function readConfigs(kube: Kube<typeof access>): Promise<Config[]> {
  const others = OWN_TYPES.map((type) => `type!=${type}`).join(",");
  const secrets = await kube.secrets.listMetadata({ fieldSelector: others }).toArray();
  const configmaps = await kube.configmaps.listMetadata().toArray();
  return [
    ...secrets.map(({ metadata }) => ({ kind: "Secret" as const, metadata })),
    ...configmaps.map(({ metadata }) => ({ kind: "ConfigMap" as const, metadata })),
  ].filter(({ metadata }) => !OWN_NAMES.includes(metadata.name));
}

interface References {
  /** `Secret/NAME` and `ConfigMap/NAME`. */
  readonly named: Set<string>;
  /** Annotations, arguments and variables, in which a name may stand. */
  readonly texts: Set<string>;
}

async function readReferences(kube: Kube<typeof access>): Promise<References> {
  const references: References = { named: new Set(), texts: new Set() };
  for await (const { metadata, spec } of kube.pods.list()) readPodSpec(spec, metadata.annotations, references);
  // Templates too: a workload that is scaled down, or a CronJob between two runs, has no pods.
  for (const resource of ["deployments", "statefulsets", "daemonsets", "replicasets", "jobs"] as const) {
    for await (const { metadata, spec } of kube[resource].list())
      readPodSpec(spec.template?.spec, metadata.annotations, references);
  }
  for await (const { metadata, spec } of kube.cronjobs.list()) {
    readPodSpec(spec.jobTemplate.spec?.template.spec, metadata.annotations, references);
  }
  for await (const account of kube.serviceaccounts.list()) {
    for (const { name } of [...(account.secrets ?? []), ...(account.imagePullSecrets ?? [])])
      note(references, "Secret", name);
  }
  for await (const { metadata, spec } of kube.ingresses.list()) {
    for (const { secretName } of spec.tls ?? []) note(references, "Secret", secretName);
    for (const text of Object.values(metadata.annotations ?? {})) references.texts.add(text);
  }
  await readCustom(references);
  return references;
}

/** For example: `for await (const { spec } of kube["gateways.gateway.networking.k8s.io"].list()) …` with `note(references, "Secret", name)`. */
async function readCustom(_references: References): Promise<void> {}

function note({ named }: References, kind: "Secret" | "ConfigMap", name: string | undefined): void {
  if (name !== undefined) named.add(`${kind}/${name}`);
}

function readPodSpec(spec: PodSpec | undefined, annotations: object | undefined, references: References): void {
  for (const text of Object.values(annotations ?? {})) references.texts.add(String(text));
  for (const { name } of spec?.imagePullSecrets ?? []) note(references, "Secret", name);
  for (const volume of spec?.volumes ?? []) {
    note(references, "ConfigMap", volume.configMap?.name);
    note(references, "Secret", volume.secret?.secretName);
    note(references, "Secret", volume.csi?.nodePublishSecretRef?.name);
    for (const { configMap, secret } of volume.projected?.sources ?? []) {
      note(references, "ConfigMap", configMap?.name);
      note(references, "Secret", secret?.name);
    }
    // Drivers of old: each has a Secret of its own.
    const { azureFile, cephfs, flexVolume, iscsi, rbd, scaleIO, storageos } = volume;
    note(references, "Secret", azureFile?.secretName);
    for (const driver of [cephfs, flexVolume, iscsi, rbd, scaleIO, storageos])
      note(references, "Secret", driver?.secretRef?.name);
  }
  const containers = [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
    ...(spec?.ephemeralContainers ?? []),
  ];
  for (const { args = [], command = [], env = [], envFrom = [] } of containers) {
    for (const { configMapRef, secretRef } of envFrom) {
      note(references, "ConfigMap", configMapRef?.name);
      note(references, "Secret", secretRef?.name);
    }
    for (const { value, valueFrom } of env) {
      note(references, "ConfigMap", valueFrom?.configMapKeyRef?.name);
      note(references, "Secret", valueFrom?.secretKeyRef?.name);
      if (value !== undefined) references.texts.add(value);
    }
    for (const text of [...command, ...args]) references.texts.add(text);
  }
}

/** Ways in which an object is found without a reference. */
function doubtAbout({ metadata }: Config, texts: ReadonlySet<string>): string | undefined {
  const { labels = {}, name } = metadata;
  const manager = labels["app.kubernetes.io/managed-by"];
  if (manager !== undefined) return `${manager} manages it`;
  const mentioned = [...texts].some((text) => text.split(/[^-.a-z0-9]+/).includes(name));
  if (mentioned) return "its name stands in an annotation, an argument or a variable";
  // Sidecars and operators find objects by labels: dashboards, rules, configuration of Argo CD or cert-manager.
  const [label] = Object.keys(labels);
  return label === undefined ? undefined : `something may select it by its label ${label}`;
}
