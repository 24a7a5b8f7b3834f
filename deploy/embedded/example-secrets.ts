import type { SecretKey } from "../../runtime/job/pod-fields.ts";
import type { KubeObject } from "../../runtime/kube/surface/objects.ts";

/** The Secrets that a job needs, with made-up values. */
export function exampleSecrets(
  namespace: string,
  secrets: Readonly<Record<string, SecretKey>> = {},
): (KubeObject & { readonly data: object })[] {
  const keysBySecret = new Map<string, string[]>();
  for (const secretKey of Object.values(secrets)) {
    const [secret = "", key = ""] = secretKey.split("/");
    keysBySecret.set(secret, [...(keysBySecret.get(secret) ?? []), key]);
  }
  return [...keysBySecret].map(([name, keys]) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    data: Object.fromEntries(keys.map((key) => [key, btoa(`example-of-${name}-${key}`)])),
  }));
}
