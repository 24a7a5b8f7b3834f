import type { SecretKey } from "../../runtime/job/pod-fields.ts";
import { SERVICE_ACCOUNT_FOLDER } from "../../runtime/kube/config/in-cluster.ts";
import type { PodSpec } from "../../runtime/kube/generated/core-v1.ts";
import { DEFAULT_SECRETS_FOLDER } from "../../runtime/run/pod/environment.ts";
import { SECRETS_VOLUME, TOKEN_VOLUME } from "../settings/own-fields.ts";

type Volume = NonNullable<PodSpec["volumes"]>[number];

/** A volume that only the job's container mounts, and where. */
export interface ProjectedVolume {
  readonly volume: Volume;
  readonly mountPath: string;
}

/** The volumes with what is the job's alone: its secrets, and its ServiceAccount's token where it has access. */
export function projectedVolumes(secrets: Readonly<Record<string, SecretKey>> = {}, hasAccess: boolean) {
  return [
    ...(Object.keys(secrets).length > 0 ? [{ volume: secretsVolume(secrets), mountPath: DEFAULT_SECRETS_FOLDER }] : []),
    ...(hasAccess ? [{ volume: tokenVolume(), mountPath: SERVICE_ACCOUNT_FOLDER }] : []),
  ] satisfies ProjectedVolume[];
}

/** Read by the pod's group, which is that of the job's process. */
export const SECRET_FILE_MODE = 0o440;

/** One file for each of a job's secrets, called by the name that the job gives it. */
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
 * How long a token is valid, in seconds. The kubelet replaces it after four fifths of that, and looks about once a minute, which leaves ten minutes without an API
 * server. The 3607 s of an automatic mount are a number that API servers stretch to a year (--service-account-extend-token-expiration).
 */
const TOKEN_SECONDS = 3_600;
/** Also for a pod without a group of its own. The kubelet itself narrows the token to the pod's user or group. */
const TOKEN_FILE_MODE = 0o444;

/**
 * The token of the pod's ServiceAccount, the cluster's CA and the namespace, as in an automatic mount. That one would be in every container of the pod.
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
