/** What a kubeconfig of one context says; the rest is as in {@link kubeconfig}. */
export interface KubeconfigOptions {
  /** Of the context, the cluster and the user. */
  readonly name?: string;
  readonly server?: string;
  /** Fields of the cluster besides its server, by kubectl's names. */
  readonly cluster?: object;
  /** The user's fields, by kubectl's names. */
  readonly user?: object;
  readonly namespace?: string;
  /** Fields of the file itself. */
  readonly more?: object;
}

/** Nothing listens there. */
export const NO_SERVER = "https://127.0.0.1:1";

/** The text of a kubeconfig with one context, one cluster and one user, which are all called the same. It is JSON, and so YAML. */
export function kubeconfig({
  name = "here",
  server = NO_SERVER,
  cluster = {},
  user = { token: "secret" },
  namespace,
  more = {},
}: KubeconfigOptions = {}): string {
  return JSON.stringify({
    clusters: [{ name, cluster: { server, ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, ...(namespace !== undefined && { namespace }) } }],
    "current-context": name,
    ...more,
  });
}
