import { loadTarget } from "../../../deploy/kubeconfig/target.ts";
import { type Access, resolveAccess } from "../../../runtime/job/access.ts";
import { builtinCatalog } from "../../../runtime/kube/catalog/builtin.ts";
import { type Client, type ClientOptions, createClient } from "../../../runtime/kube/client.ts";
import type { ClusterConfig } from "../../../runtime/kube/config/cluster-config.ts";
import { type ConnectedClient, type ConnectOptions, connect } from "../../../runtime/kube/connect.ts";
import type { TestNamespace } from "../namespace.ts";
import { credentialOf } from "./service-account.ts";

/** How the cluster's administrator reaches a test's namespace: by its kubeconfig, as the command line does. */
export async function adminConfig({ access, name }: TestNamespace): Promise<ClusterConfig> {
  return (await loadTarget({ kubeconfig: access.kubeconfig, namespace: name })).config;
}

/** The client of `errand/kube`, as the cluster's administrator. */
export async function adminClient(namespace: TestNamespace, options: ConnectOptions = {}): Promise<ConnectedClient> {
  return await connect(await adminConfig(namespace), options);
}

/**
 * The client that a job gets, as a service account that may do what the job declares.
 *
 * @param account its name; it and its Role are made
 * @param granted what the Role gives. Default: what is declared
 */
export async function jobClientOf<const A extends Access>(
  namespace: TestNamespace,
  account: string,
  declared: A,
  { granted = declared, ...options }: Partial<ClientOptions> & { readonly granted?: Access } = {},
): Promise<Client<A> & AsyncDisposable> {
  const token = await credentialOf(namespace, account, granted);
  const { clientCertificate: _certificate, clientKey: _key, ...config } = await adminConfig(namespace);
  const client = createClient<A>({
    config: { ...config, token: { get: async () => token } },
    rules: resolveAccess(declared, builtinCatalog),
    serviceAccount: `${namespace.name}/${account}`,
    ...options,
  });
  return { ...client, [Symbol.asyncDispose]: () => client.close() };
}
