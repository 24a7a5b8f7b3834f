import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import type { ClusterConfig, TokenSource } from "../../runtime/kube/cluster-config.ts";
import { OUTCOMES } from "../../runtime/run/outcome.ts";
import { CommandError } from "../command-error.ts";

type Credentials = Pick<ClusterConfig, "ca" | "clientCertificate" | "clientKey" | "token">;

/**
 * Reads who the current user is: files and data, exec plugins, OIDC, whatever KubeConfig knows.
 *
 * @param reload makes the kubeconfig anew: an authenticator keeps its token, and a new one asks again
 */
export async function credentialsOf(kubeConfig: KubeConfig, reload: () => KubeConfig): Promise<Credentials> {
  const { ca, cert, key, headers } = await httpsOptionsOf(kubeConfig);
  return {
    ...(ca ? { ca: pem(ca) } : {}),
    ...(cert ? { clientCertificate: pem(cert) } : {}),
    ...(key ? { clientKey: pem(key) } : {}),
    ...(tokenIn(headers) === undefined ? {} : { token: tokenSource(kubeConfig, reload) }),
  };
}

function tokenSource(kubeConfig: KubeConfig, reload: () => KubeConfig): TokenSource {
  let current = kubeConfig;
  return {
    async get({ refresh = false } = {}) {
      if (refresh) current = reload();
      return tokenIn((await httpsOptionsOf(current)).headers) ?? "";
    },
  };
}

/** KubeConfig gives its credentials only as what `https.request` takes. */
async function httpsOptionsOf(kubeConfig: KubeConfig) {
  const options: RequestOptions & { headers: Record<string, string> } = { headers: {} };
  try {
    await kubeConfig.applyToHTTPSOptions(options);
  } catch (error) {
    const user = kubeConfig.getCurrentUser()?.name ?? "";
    const message = (error instanceof Error ? error.message : String(error)).trim().split("\n")[0];
    throw new CommandError(`The credentials of user "${user}" in the kubeconfig cannot be had: ${message}`, {
      hint: "kubectl asks the same way: mend it until `kubectl get namespaces` works with this context.",
      exitCode: OUTCOMES.denied.exitCode,
      cause: error,
    });
  }
  return options;
}

function tokenIn(headers: Readonly<Record<string, string>>): string | undefined {
  return /^Bearer\s+(\S+)/.exec(headers.Authorization ?? "")?.[1];
}

function pem(value: NonNullable<RequestOptions["ca"]> | NonNullable<RequestOptions["key"]>): string {
  return Array.isArray(value) ? value.map((part) => part.toString()).join("\n") : value.toString();
}
