import type { SecretKey } from "../../runtime/job/pod-fields.ts";
import { SECRETS_VOLUME } from "./pod-names.ts";

/** Read by the pod's group, which is that of the job's process. */
const FILE_MODE = 0o440;

/** The volume with one file for each of a job's secrets, called by the name that the job gives it; none where there are no secrets. */
export function secretsVolume(secrets: Readonly<Record<string, SecretKey>> = {}) {
  const itemsBySecret = new Map<string, { key: string; path: string }[]>();
  for (const [path, secretKey] of Object.entries(secrets)) {
    const [secret = "", key = ""] = secretKey.split("/");
    itemsBySecret.set(secret, [...(itemsBySecret.get(secret) ?? []), { key, path }]);
  }
  if (itemsBySecret.size === 0) return [];
  const sources = [...itemsBySecret].map(([name, items]) => ({ secret: { name, items } }));
  return [{ name: SECRETS_VOLUME, projected: { defaultMode: FILE_MODE, sources } }];
}
