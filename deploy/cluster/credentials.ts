import { readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import type { ClientCertificate, ClusterConfig, TokenSource } from "../../runtime/kube/cluster-config.ts";
import { OUTCOMES } from "../../runtime/run/outcome.ts";
import { CommandError } from "../command-error.ts";
import { certificateFiles, partOf, readAuthorities } from "./certificate-files.ts";
import { ExecPlugin, ExecPluginError, readExecSettings } from "./exec-plugin.ts";

type Credentials = Pick<
  ClusterConfig,
  "ca" | "readCa" | "clientCertificate" | "clientKey" | "certificateSource" | "token"
>;

/**
 * Reads who the current user is: files and data, exec plugins (which we run ourselves, with all that kubectl does for them), OIDC, whatever KubeConfig knows.
 *
 * @param reload makes the kubeconfig anew: an authenticator keeps its token, and a new one asks again
 */
export async function credentialsOf(kubeConfig: KubeConfig, reload: () => KubeConfig): Promise<Credentials> {
  const plugin = takePlugin(kubeConfig);
  const { ca, cert, key, headers } = await httpsOptionsOf(kubeConfig);
  const trusted = { ...(ca ? { ca: pem(ca) } : {}), ...renewedTrust(kubeConfig) };
  if (plugin !== undefined) return { ...trusted, ...(await credentialsFrom(plugin)) };
  const own = { ...(cert ? { certificate: pem(cert) } : {}), ...(key ? { key: pem(key) } : {}) };
  return {
    ...trusted,
    ...(own.certificate === undefined ? {} : { clientCertificate: own.certificate }),
    ...(own.key === undefined ? {} : { clientKey: own.key }),
    ...renewedCertificate(kubeConfig, own),
    ...(tokenIn(headers) === undefined ? {} : { token: tokenSource(kubeConfig, reload) }),
  };
}

function renewedTrust(kubeConfig: KubeConfig): Pick<ClusterConfig, "readCa"> {
  const file = kubeConfig.getCurrentCluster()?.caFile;
  return file === undefined ? {} : { readCa: () => readAuthorities(file) };
}

function renewedCertificate(
  kubeConfig: KubeConfig,
  { certificate, key }: Partial<ClientCertificate>,
): Pick<ClusterConfig, "certificateSource"> {
  const { certFile, keyFile } = kubeConfig.getCurrentUser() ?? {};
  if ((certFile ?? keyFile) === undefined || certificate === undefined || key === undefined) return {};
  const parts = { certificate: partOf(certFile, certificate), key: partOf(keyFile, key) };
  return { certificateSource: certificateFiles({ certificate, key }, parts) };
}

interface UsersPlugin {
  readonly plugin: ExecPlugin;
  readonly user: string;
}

/** The current user's exec plugin; the library, which would run it its own way, then knows of none. */
function takePlugin(kubeConfig: KubeConfig): UsersPlugin | undefined {
  const user = kubeConfig.getCurrentUser();
  if (!user?.exec) return undefined;
  kubeConfig.users = kubeConfig.users.map((one) => {
    const { exec: _exec, ...rest } = one;
    return one.name === user.name ? rest : one;
  });
  const settings = explained(user.name, () => readExecSettings(user.exec));
  const cluster = settings.provideClusterInfo ? explained(user.name, () => clusterInfo(kubeConfig)) : {};
  return { plugin: new ExecPlugin(settings, { cluster }), user: user.name };
}

/** What a plugin may be told. https://kubernetes.io/docs/reference/config-api/client-authentication.v1/#client-authentication-k8s-io-v1-Cluster */
function clusterInfo(kubeConfig: KubeConfig): object {
  const cluster = kubeConfig.getCurrentCluster();
  return {
    server: cluster?.server,
    "tls-server-name": cluster?.tlsServerName,
    "insecure-skip-tls-verify": cluster?.skipTLSVerify || undefined,
    // The plugin is told no file names: it gets what is in the file.
    "certificate-authority-data":
      cluster?.caData ?? (cluster?.caFile ? readFileSync(cluster.caFile).toString("base64") : undefined),
    "proxy-url": cluster?.proxyUrl,
  };
}

/** Asks the plugin now, so that who cannot log in is told before anything else; and again whenever what it gave has expired or was refused. */
async function credentialsFrom({ plugin, user }: UsersPlugin): Promise<Credentials> {
  const get: ExecPlugin["get"] = (options) =>
    plugin.get(options).catch((error: unknown) => {
      throw unavailable(user, error);
    });
  await get();
  return {
    token: { get: async (options) => (await get(options)).token ?? "" },
    certificateSource: { get: async (options) => (await get(options)).certificate },
  };
}

function explained<T>(user: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unavailable(user, error);
  }
}

function unavailable(user: string, error: unknown): CommandError {
  const message = (error instanceof Error ? error.message : String(error)).trim().split("\n")[0];
  const hint = error instanceof ExecPluginError ? error.hint : undefined;
  return new CommandError(`The credentials of user "${user}" in the kubeconfig cannot be had: ${message}`, {
    hint: hint ?? "kubectl asks the same way: mend it until `kubectl get namespaces` works with this context.",
    exitCode: OUTCOMES.denied.exitCode,
    cause: error,
  });
}

function tokenSource(kubeConfig: KubeConfig, reload: () => KubeConfig): TokenSource {
  let current = kubeConfig;
  let asking: Promise<string> | undefined;
  const ask = async (): Promise<string> => tokenIn((await httpsOptionsOf(current)).headers) ?? "";
  return {
    async get({ refresh = false } = {}) {
      if (refresh) {
        current = reload();
        asking = undefined;
      }
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return await asking;
    },
  };
}

/** KubeConfig gives its credentials only as what `https.request` takes. */
async function httpsOptionsOf(kubeConfig: KubeConfig) {
  const options: RequestOptions & { headers: Record<string, string> } = { headers: {} };
  try {
    await kubeConfig.applyToHTTPSOptions(options);
  } catch (error) {
    throw unavailable(kubeConfig.getCurrentUser()?.name ?? "", error);
  }
  return options;
}

function tokenIn(headers: Readonly<Record<string, string>>): string | undefined {
  return /^Bearer\s+(\S+)/.exec(headers.Authorization ?? "")?.[1];
}

function pem(value: NonNullable<RequestOptions["ca"]> | NonNullable<RequestOptions["key"]>): string {
  return Array.isArray(value) ? value.map((part) => part.toString()).join("\n") : value.toString();
}
