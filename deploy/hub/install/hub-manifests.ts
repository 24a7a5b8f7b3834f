// Everything that a hub is made of. Its rights are to read, and nothing else.

import type { PodTemplateSpec } from "../../../runtime/kube/generated/core-v1.ts";
import { toNumber } from "../../../runtime/kube/values/quantity.ts";
import { bootWords, MOUNT_PATH } from "../../build/boot.ts";
import { type Bundle, packJob } from "../../build/bundle.ts";
import { compileOwn } from "../../build/compile.ts";
import { isCarried, moduleFile } from "../../build/package.ts";
import {
  COMPONENT_LABEL,
  MANAGED_BY_LABEL,
  MANAGER,
  type Manifest,
  NAME_LABEL,
  NAMESPACE_LABEL,
  REVISION_LABEL,
} from "../../manifests/manifest.ts";
import type { ResourceRule } from "../../manifests/rbac.ts";
import { secretsOf } from "../../settings/channels.ts";
import { nodeCommand } from "../../settings/image.ts";
import { CommandError } from "../../terminal/command-error.ts";
import {
  DATA_FOLDER,
  HUB_NAME,
  type HubOptions,
  METRICS_PORT,
  OPTIONS_VARIABLE,
  SECRETS_FOLDER,
} from "../serve/hub-options.ts";

const RBAC = "rbac.authorization.k8s.io/v1";
/** The user `node` of the official images. */
const USER_ID = 1000;
const MEMORY_LIMIT = "256Mi";

/** What a hub is installed from. */
export interface HubInstall {
  readonly namespace: string;
  readonly image: string;
  readonly options: HubOptions;
  /** Size of the claim, such as `1Gi`; undefined: history goes with the pod. */
  readonly storage: string | undefined;
  readonly bundle: Pick<Bundle, "hash" | "files">;
}

/** What a hub may do wherever it watches: see that there are jobs, runs and pods, read their logs, and what explains a run that does not begin. */
export const HUB_RULES: readonly ResourceRule[] = [
  { apiGroups: ["batch"], resources: ["cronjobs", "jobs"], verbs: ["list", "watch"] },
  { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
  { apiGroups: [""], resources: ["events", "resourcequotas"], verbs: ["list"] },
];

/** Which namespaces have the labels that it was told. */
const NAMESPACE_RULE: ResourceRule = { apiGroups: [""], resources: ["namespaces"], verbs: ["list", "watch"] };

/** The objects of a hub, in the order in which they are applied. */
export function hubManifests(install: HubInstall): Manifest[] {
  const { namespace, options, bundle, storage } = install;
  const at = (name: string, labels: object = {}) => ({
    name,
    namespace,
    labels: { ...hubLabels(namespace), ...labels },
  });
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: at(HUB_NAME), automountServiceAccountToken: false },
    ...rights(namespace, options),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: at(bundleName(bundle.hash), { [REVISION_LABEL]: bundle.hash }),
      immutable: true,
      binaryData: Object.fromEntries(
        Object.entries(bundle.files).map(([file, contents]) => [file, Buffer.from(contents).toString("base64")]),
      ),
    },
    ...(storage === undefined
      ? []
      : [
          {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: at(HUB_NAME),
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
          },
        ]),
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: at(HUB_NAME, { [REVISION_LABEL]: bundle.hash }),
      spec: {
        replicas: 1,
        // Two of them must never write to one file.
        strategy: { type: "Recreate" },
        revisionHistoryLimit: 1,
        selector: { matchLabels: { [NAME_LABEL]: HUB_NAME } },
        template: podTemplate(install),
      },
    },
  ];
}

/** The labels of everything that belongs to the hub of a namespace. */
export function hubLabels(namespace: string): Record<string, string> {
  return {
    [NAME_LABEL]: HUB_NAME,
    [COMPONENT_LABEL]: "hub",
    [MANAGED_BY_LABEL]: MANAGER,
    [NAMESPACE_LABEL]: namespace,
  };
}

/** Several hubs may watch the same namespace, or the whole cluster: each has rights of its own. */
export function hubRoleName(namespace: string): string {
  return `${HUB_NAME}-${namespace}`;
}

/** Names of ConfigMaps with a hub's bundle. */
export const BUNDLE_NAME = new RegExp(`^${HUB_NAME}-[0-9a-f]+$`);

function bundleName(hash: string): string {
  return `${HUB_NAME}-${hash}`;
}

function rights(namespace: string, { namespaces, selector }: HubOptions): Manifest[] {
  const subjects = [{ kind: "ServiceAccount", name: HUB_NAME, namespace }];
  const labels = hubLabels(namespace);
  if (namespaces !== undefined) {
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: hubRoleName(namespace) };
    return namespaces.flatMap((place) => {
      const metadata = { name: hubRoleName(namespace), namespace: place, labels };
      return [
        { apiVersion: RBAC, kind: "Role", metadata, rules: HUB_RULES },
        { apiVersion: RBAC, kind: "RoleBinding", metadata, roleRef, subjects },
      ];
    });
  }
  const metadata = { name: hubRoleName(namespace), labels };
  const rules = selector === undefined ? HUB_RULES : [...HUB_RULES, NAMESPACE_RULE];
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: metadata.name };
  return [
    { apiVersion: RBAC, kind: "ClusterRole", metadata, rules },
    { apiVersion: RBAC, kind: "ClusterRoleBinding", metadata, roleRef, subjects },
  ];
}

/** What many scrape configurations look for. */
const METRICS_ANNOTATIONS = {
  "prometheus.io/scrape": "true",
  "prometheus.io/port": String(METRICS_PORT),
  "prometheus.io/path": "/metrics",
};

/** The keys that its channels name, and no others of their Secrets. One that is not there yet must not keep the hub from watching. */
function secretVolumes({ channels = {} }: HubOptions) {
  const keys = secretsOf(channels).map((each) => each.split("/") as [secret: string, key: string]);
  const bySecret = Map.groupBy(keys, ([secret]) => secret);
  return [...bySecret].map(([secretName, each], index) => ({
    name: `secret-${index}`,
    secret: { secretName, optional: true, items: each.map(([, key]) => ({ key, path: key })) },
  }));
}

function podTemplate({ namespace, image, options, storage, bundle }: HubInstall): PodTemplateSpec {
  const command = nodeCommand({ image, memoryBytes: toNumber(MEMORY_LIMIT), writable: [DATA_FOLDER] });
  const secrets = secretVolumes(options);
  const volume = storage === undefined ? { emptyDir: {} } : { persistentVolumeClaim: { claimName: HUB_NAME } };
  return {
    metadata: {
      labels: { ...hubLabels(namespace), [REVISION_LABEL]: bundle.hash },
      ...(options.metrics ? { annotations: METRICS_ANNOTATIONS } : {}),
    },
    spec: {
      serviceAccountName: HUB_NAME,
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      nodeSelector: { "kubernetes.io/os": "linux" },
      terminationGracePeriodSeconds: 10,
      securityContext: {
        ...{ runAsNonRoot: true, runAsUser: USER_ID, runAsGroup: USER_ID, fsGroup: USER_ID },
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: "hub",
          image,
          command: [...command, ...bootWords(MOUNT_PATH, bundle.files)],
          env: [
            { name: "ERRAND_JOB", value: "hub" },
            // The kubelet takes two dollars for one.
            { name: OPTIONS_VARIABLE, value: JSON.stringify(options).replaceAll("$", "$$$$") },
          ],
          ...(options.metrics ? { ports: [{ name: "metrics", containerPort: METRICS_PORT }] } : {}),
          resources: { requests: { cpu: "20m", memory: "96Mi" }, limits: { memory: MEMORY_LIMIT } },
          securityContext: {
            ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
          },
          volumeMounts: [
            { name: "bundle", mountPath: MOUNT_PATH, readOnly: true },
            { name: "data", mountPath: DATA_FOLDER },
            ...secrets.map(({ name, secret }) => ({
              name,
              mountPath: `${SECRETS_FOLDER}/${secret.secretName}`,
              readOnly: true,
            })),
          ],
        },
      ],
      volumes: [
        { name: "bundle", configMap: { name: bundleName(bundle.hash) } },
        { name: "data", ...volume },
        ...secrets,
      ],
    },
  };
}

/**
 * Bundles the hub as a job is bundled: one module, compressed, whose SHA-256 the pod's command holds. The same errand gives the same bytes.
 *
 * @throws {CommandError} in the single-file executable, which does not carry the hub
 */
export async function bundleHub(): Promise<Bundle> {
  if (isCarried()) {
    throw new CommandError("The single-file executable does not carry the hub", {
      hint: "Run npx errand hub install in a project that has the package.",
    });
  }
  return await packJob(await compileOwn(moduleFile("deploy/hub/main")));
}
