import { readFileSync } from "node:fs";
import { NotInClusterError } from "../errors/kube-error.ts";
import type { ClusterConfig } from "./cluster-config.ts";
import { proxyFromEnvironment } from "./proxy-environment.ts";
import { cleanToken, tokenFile } from "./token-file.ts";

/** Where a kubelet mounts a pod's service account. https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
export const SERVICE_ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface InClusterOptions {
  /** The process's environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: {@link SERVICE_ACCOUNT_FOLDER}. */
  readonly folder?: string;
  /** Reads a text file; rejects if it does not exist. */
  readonly readFile?: (path: string) => Promise<string>;
  /** Monotonic time in milliseconds. */
  readonly now?: () => number;
  readonly onWarning?: (text: string) => void;
}

/**
 * Reads a pod's configuration: KUBERNETES_SERVICE_HOST and _PORT, and the mounted service account.
 * https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 *
 * @throws {NotInClusterError} with what is missing and what to do
 */
export async function loadInClusterConfig(options: InClusterOptions): Promise<ClusterConfig> {
  const { env, folder = SERVICE_ACCOUNT_FOLDER, readFile = readTextFile } = options;
  const tokenPath = `${folder}/token`;
  const read = () => readFile(tokenPath);
  const server = serverUrl(env);
  const readCa = () => certificates(() => readFile(`${folder}/ca.crt`), `${folder}/ca.crt`);
  const [token, ca, namespace] = await Promise.all([
    firstToken(read, tokenPath, server !== undefined),
    readCa(),
    podNamespace(env, () => readFile(`${folder}/namespace`)),
  ]);
  const url = server ?? "https://kubernetes.default.svc";
  const proxyUrl = proxyFromEnvironment(url, env);
  return {
    server: url,
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
    ca,
    readCa,
    token: tokenFile(token, { ...options, read }),
    namespace,
  };
}

/** Synchronous: these files are a few hundred bytes in memory (tmpfs), and asynchronous reads cost a cold start 2 ms for Node's thread pool. */
async function readTextFile(path: string): Promise<string> {
  return readFileSync(path, "utf8");
}

/** @returns undefined if neither variable is set: a pod with enableServiceLinks off still has DNS */
function serverUrl(env: InClusterOptions["env"]): string | undefined {
  const host = env.KUBERNETES_SERVICE_HOST ?? "";
  const port = env.KUBERNETES_SERVICE_PORT ?? "";
  if (host === "" && port === "") return undefined;
  if (host === "" || port === "") {
    const missing = host === "" ? "KUBERNETES_SERVICE_HOST" : "KUBERNETES_SERVICE_PORT";
    throw new NotInClusterError(`${missing} is not set, but its other half is: set both, or neither`);
  }
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    throw new NotInClusterError(`KUBERNETES_SERVICE_PORT is "${port}": expected a port from 1 to 65535`);
  }
  const url = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (!URL.canParse(url) || new URL(url).pathname !== "/" || /[@?#/\\]/.test(host)) {
    throw new NotInClusterError(`KUBERNETES_SERVICE_HOST is "${host}": expected a host name or an IP address`);
  }
  return url;
}

async function firstToken(read: () => Promise<string>, path: string, inCluster: boolean): Promise<string> {
  let text: string;
  try {
    text = await read();
  } catch (cause) {
    const where = inCluster ? "this pod has no service account token" : "this process does not seem to run in a pod";
    throw new NotInClusterError(`${where} (automountServiceAccountToken: false?): ${path} cannot be read`, {
      cause,
      hint: inCluster
        ? "for a deployed job, deploy it again; otherwise remove automountServiceAccountToken: false from the pod or its ServiceAccount"
        : "run it in a pod, or pass connect() a ClusterConfig",
    });
  }
  try {
    return cleanToken(text);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : "it cannot be used";
    throw new NotInClusterError(`the service account token in ${path} cannot be used: ${problem}`);
  }
}

/** Only the cluster's own CA bundle is trusted, so it is required. */
async function certificates(read: () => Promise<string>, path: string): Promise<string> {
  let text: string;
  try {
    text = await read();
  } catch (cause) {
    throw new NotInClusterError(`the cluster's CA is missing: ${path} cannot be read`, {
      cause,
      hint: "mount the ConfigMap kube-root-ca.crt there, as the kubelet does with the service account",
    });
  }
  const found = certificateBodies(text);
  if (found.length === 0 || !found.every(holdsCertificate)) {
    const problem = found.length === 0 ? "it has no certificate" : "one of its certificates is unreadable";
    throw new NotInClusterError(`the cluster's CA in ${path} cannot be used: ${problem}`);
  }
  return text;
}

const CERTIFICATE_BEGINS = "-----BEGIN CERTIFICATE-----";
const CERTIFICATE_ENDS = "-----END CERTIFICATE-----";

/** The base64 between each certificate's BEGIN and END lines (RFC 7468); empty if an END line is missing. */
function certificateBodies(text: string): string[] {
  const bodies: string[] = [];
  for (let at = text.indexOf(CERTIFICATE_BEGINS); at >= 0; at = text.indexOf(CERTIFICATE_BEGINS, at)) {
    const start = at + CERTIFICATE_BEGINS.length;
    const end = text.indexOf(CERTIFICATE_ENDS, start);
    bodies.push(text.slice(start, Math.max(start, end)));
    at = start;
  }
  return bodies;
}

const DER_SEQUENCE = 0x30;
const DER_TWO_LENGTH_BYTES = 0x82;

/**
 * True for base64 that decodes to one complete DER sequence of a certificate's size. OpenSSL silently skips what it cannot read, and
 * node:crypto would add 4 ms to every pod start.
 */
function holdsCertificate(body: string): boolean {
  const der = Buffer.from(body, "base64");
  if (der.length < 4) return false;
  return der[0] === DER_SEQUENCE && der[1] === DER_TWO_LENGTH_BYTES && der.readUInt16BE(2) === der.length - 4;
}

async function podNamespace(env: InClusterOptions["env"], read: () => Promise<string>): Promise<string> {
  if (env.POD_NAMESPACE) return env.POD_NAMESPACE;
  try {
    return (await read()).trim() || "default";
  } catch {
    return "default";
  }
}
