import { isRecord } from "../../runtime/job/problem.ts";
import type { ClientCertificate } from "../../runtime/kube/cluster-config.ts";
import type { ExecCredential } from "./exec-plugin.ts";

const VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/**
 * Reads what a credential plugin wrote.
 *
 * @param asked the apiVersion that the kubeconfig names: the answer has to be of the same
 * @returns the credentials, or what is wrong with them, in words that quote nothing of them
 */
export function parseExecCredential(text: string, asked: string): ExecCredential | string {
  if (!VERSIONS.includes(asked))
    return `is configured for ${asked || "no apiVersion"}; known are ${VERSIONS.join(", ")}`;
  const document = parsed(text);
  if (!isRecord(document) || document.kind !== "ExecCredential") return "did not write an ExecCredential";
  if (document.apiVersion !== asked) return `wrote an ExecCredential of another version than ${asked}`;
  const status = isRecord(document.status) ? document.status : {};
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = status;
  const hasToken = typeof token === "string" && token !== "";
  const certificate = certificateOf(clientCertificateData, clientKeyData);
  if (!hasToken && certificate === undefined)
    return "wrote an ExecCredential without a token and without a certificate and its key";
  const expiresAt = typeof expirationTimestamp === "string" ? Date.parse(expirationTimestamp) : Number.NaN;
  return {
    ...(hasToken ? { token } : {}),
    ...(certificate === undefined ? {} : { certificate }),
    ...(Number.isNaN(expiresAt) ? {} : { expiresAt }),
  };
}

function certificateOf(certificate: unknown, key: unknown): ClientCertificate | undefined {
  return typeof certificate === "string" && typeof key === "string" && certificate !== "" && key !== ""
    ? { certificate, key }
    : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
