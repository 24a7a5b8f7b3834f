/** What a kubeconfig says of an embedded cluster. */
export interface KubeconfigInput {
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
  /** Where commands go that name no namespace. */
  readonly namespace: string;
}

const NAME = "errand-embedded";

/** A kubeconfig for kubectl and for errand itself. It is JSON, which is YAML too. */
export function kubeconfigText({ url, ca, token, namespace }: KubeconfigInput): string {
  const certificate = Buffer.from(ca).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: NAME, cluster: { server: url, "certificate-authority-data": certificate } }],
    users: [{ name: NAME, user: { token } }],
    contexts: [{ name: NAME, context: { cluster: NAME, user: NAME, namespace } }],
    "current-context": NAME,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
