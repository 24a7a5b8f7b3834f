import { isRecord } from "../../runtime/job/problem.ts";
import type { ClientCertificate } from "../../runtime/kube/requests/request.ts";
import { readYaml } from "../../runtime/kube/values/yaml.ts";
import { clientPair, PemError } from "./certificates.ts";

/** The credentials that a program returned. */
export interface ExecCredential {
  readonly token?: string;
  readonly certificate?: ClientCertificate;
  /** Milliseconds since 1970; absent if it is valid until it is refused. */
  readonly expiresAt?: number;
}

/**
 * Reads what a credential plugin wrote, in JSON or YAML.
 *
 * @param asked the apiVersion of the kubeconfig, which the answer must have too
 * @returns the credentials, or what is wrong with them, without quoting them
 */
export async function parseExecCredential(text: string, asked: string): Promise<ExecCredential | string> {
  const document = await parsed(text);
  if (!isRecord(document) || document.kind !== "ExecCredential") return "did not write an ExecCredential";
  if (document.apiVersion !== asked) return `wrote an ExecCredential whose apiVersion is not ${asked}`;
  const { status } = document;
  const {
    token,
    clientCertificateData: certificate,
    clientKeyData: key,
    expirationTimestamp,
  } = isRecord(status) ? status : {};
  const hasToken = typeof token === "string" && token !== "";
  const [hasCertificate, hasKey] = [certificate, key].map((each) => typeof each === "string" && each !== "");
  if (hasCertificate !== hasKey) return `wrote a ${hasKey ? "key without a certificate" : "certificate without a key"}`;
  if (!hasToken && !hasKey) return "wrote an ExecCredential without a token and without a certificate and its key";
  if (hasToken && !/^[\x20-\x7e]+$/.test(token)) return "wrote a token with characters that a header cannot contain";
  const expiresAt = Date.parse(String(expirationTimestamp));
  if ((expirationTimestamp ?? null) !== null && Number.isNaN(expiresAt))
    return "wrote an expirationTimestamp that is not a time";
  try {
    return {
      ...(hasToken ? { token } : {}),
      ...(hasKey ? { certificate: clientPair(String(certificate), String(key)) } : {}),
      ...(Number.isNaN(expiresAt) ? {} : { expiresAt }),
    };
  } catch (error) {
    if (error instanceof PemError) return `wrote an unusable certificate or key: ${error.message}`;
    throw error;
  }
}

async function parsed(text: string): Promise<unknown> {
  try {
    return (await readYaml(text, { hasBooleanWords: true }))[0]?.value;
  } catch {
    return undefined;
  }
}
