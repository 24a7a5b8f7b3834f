import { join } from "node:path";
import { mustRun } from "../../support/command.ts";
import { LAYOUT, NETWORK, NODE_NAME } from "./layout.ts";

/** Who gets a client certificate: the common name is the user, each organization a group. */
const CLIENTS = {
  admin: "/O=system:masters/CN=admin",
  "kube-controller-manager": "/CN=system:kube-controller-manager",
  "kube-scheduler": "/CN=system:kube-scheduler",
  kubelet: `/O=system:nodes/CN=system:node:${NODE_NAME}`,
  "apiserver-to-kubelet": "/O=system:masters/CN=kube-apiserver-kubelet-client",
} as const;

/** The name of a client certificate. */
export type Client = keyof typeof CLIENTS;

const SERVER_NAMES = [
  "DNS:kubernetes",
  "DNS:kubernetes.default",
  "DNS:kubernetes.default.svc",
  "DNS:localhost",
  `IP:${NETWORK.nodeAddress}`,
  `IP:${NETWORK.apiAddress}`,
  "IP:127.0.0.1",
].join(",");

/** Elliptic keys, since they are made in milliseconds. */
const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"];
const VALID_DAYS = "30";

/**
 * The path of a file of the cluster's authority.
 *
 * @param name what it belongs to
 * @param kind a certificate or a private key
 */
export function pkiFile(name: string, kind: "crt" | "key"): string {
  return join(LAYOUT.pki, `${name}.${kind}`);
}

/** Makes the certificate authority, the server's and the clients' certificates, and the key that signs tokens. */
export async function makeCertificates(): Promise<void> {
  const authority = ["-subj", "/CN=errand-cluster", "-addext", "keyUsage=critical,keyCertSign,digitalSignature"];
  await certificate("ca", authority);
  const issued = ["-CA", pkiFile("ca", "crt"), "-CAkey", pkiFile("ca", "key"), "-addext", "basicConstraints=CA:FALSE"];
  const server = ["-subj", "/CN=kube-apiserver", "-addext", `subjectAltName=${SERVER_NAMES}`];
  const clients = Object.entries(CLIENTS).map(([name, subject]) =>
    certificate(name, [...issued, "-subj", subject, "-addext", "extendedKeyUsage=clientAuth"]),
  );
  await Promise.all([
    certificate("kube-apiserver", [...issued, ...server, "-addext", "extendedKeyUsage=serverAuth"]),
    certificate("service-accounts", ["-subj", "/CN=service-accounts"]),
    ...clients,
  ]);
}

async function certificate(name: string, args: readonly string[]): Promise<void> {
  const output = ["-keyout", pkiFile(name, "key"), "-out", pkiFile(name, "crt")];
  await mustRun(["openssl", "req", "-x509", "-days", VALID_DAYS, ...NEW_KEY, ...output, ...args]);
}
