import type { SecretKey } from "../../runtime/job/pod-fields.ts";
import { SERVICE_ACCOUNT_FOLDER } from "../../runtime/kube/config/in-cluster.ts";
import type { PodSpec } from "../../runtime/kube/generated/core-v1.ts";
import { DEFAULT_SECRETS_FOLDER } from "../../runtime/run/pod/environment.ts";
import { MAIN_FILE, MAP_FILE } from "../build/boot.ts";
import type { Bundle } from "../build/bundle.ts";
import { BUNDLE_VOLUME, SECRETS_VOLUME, TOKEN_VOLUME } from "../settings/own-fields.ts";
import type { PodInput } from "./job-container.ts";
import { type JobIdentity, type Manifest, revisionLabels } from "./manifest.ts";

/** The name contains the revision, so that a running pod's code never changes and a rollback finds the earlier code. */
export function configMapName(name: string, revision: string): string {
  return `errand-${name}-${revision}`;
}

/** The immutable ConfigMap that holds one revision of a job's bundle. */
export function configMap({ name, namespace }: JobIdentity, bundle: Pick<Bundle, "hash" | "files">): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: configMapName(name, bundle.hash),
      namespace,
      labels: revisionLabels(name, bundle.hash),
    },
    immutable: true,
    binaryData: Object.fromEntries(
      Object.entries(bundle.files).map(([file, contents]) => [file, Buffer.from(contents).toString("base64")]),
    ),
  };
}

/** An image that holds the bundle needs no volume for it. */
export function bundleVolumes({ name, bundle, settings }: PodInput) {
  if (settings.bundledImage !== undefined) return [];
  // By name, so that a ConfigMap that somebody recreated cannot bring other files that a dependency might look for beside the module.
  const items = [MAIN_FILE, MAP_FILE].map((key) => ({ key, path: key }));
  return [{ name: BUNDLE_VOLUME, configMap: { name: configMapName(name, bundle.hash), items } }];
}

type Volume = NonNullable<PodSpec["volumes"]>[number];

/** A volume that only the job's container mounts, and its path there. */
export interface ProjectedVolume {
  readonly volume: Volume;
  readonly mountPath: string;
}

/** The volumes with the job's secrets, and with its ServiceAccount's token where it has access. */
export function projectedVolumes(secrets: Readonly<Record<string, SecretKey>> = {}, hasAccess: boolean) {
  return [
    ...(Object.keys(secrets).length > 0 ? [{ volume: secretsVolume(secrets), mountPath: DEFAULT_SECRETS_FOLDER }] : []),
    ...(hasAccess ? [{ volume: tokenVolume(), mountPath: SERVICE_ACCOUNT_FOLDER }] : []),
  ] satisfies ProjectedVolume[];
}

/** Readable by the pod's group, which the job's process has. */
export const SECRET_FILE_MODE = 0o440;

/** A file for each of a job's secrets, with the name that the job gives it. */
function secretsVolume(secrets: Readonly<Record<string, SecretKey>>): Volume {
  const itemsBySecret = new Map<string, { key: string; path: string }[]>();
  for (const [path, secretKey] of Object.entries(secrets)) {
    const [secret = "", key = ""] = secretKey.split("/");
    itemsBySecret.set(secret, [...(itemsBySecret.get(secret) ?? []), { key, path }]);
  }
  const sources = [...itemsBySecret].map(([name, items]) => ({ secret: { name, items } }));
  return { name: SECRETS_VOLUME, projected: { defaultMode: SECRET_FILE_MODE, sources } };
}

/**
 * How long a token is valid, in seconds. The kubelet replaces it after four fifths of that, checking about once a minute, which leaves about ten minutes in case the API
 * server is down. The 3607 s of an automatic mount would not do: API servers extend exactly that to a year (--service-account-extend-token-expiration).
 */
const TOKEN_SECONDS = 3_600;
/** For pods without a group of their own, too. The kubelet itself restricts the token to the pod's user or group. */
const TOKEN_FILE_MODE = 0o444;

/**
 * The token of the pod's ServiceAccount, the cluster's CA and the namespace, as in an automatic mount, which would be in every container of the pod.
 * https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken
 */
function tokenVolume(): Volume {
  const namespace = { path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } };
  const sources = [
    { serviceAccountToken: { path: "token", expirationSeconds: TOKEN_SECONDS } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    { downwardAPI: { items: [namespace] } },
  ];
  return { name: TOKEN_VOLUME, projected: { defaultMode: TOKEN_FILE_MODE, sources } };
}
