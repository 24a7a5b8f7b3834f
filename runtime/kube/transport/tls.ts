import { isIP } from "node:net";
import type { ClusterConfig } from "../config/cluster-config.ts";

/** Half of what load balancers drop silently after, in milliseconds. */
export const TCP_KEEP_ALIVE_MS = 30_000;

export interface TlsOptions {
  readonly minVersion: "TLSv1.2";
  readonly keepAliveInitialDelay: number;
  readonly rejectUnauthorized: boolean;
  readonly servername?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/**
 * What a connection needs to be the right one: the cluster's own CA bundle only, TLS 1.2 or later.
 * @throws {RangeError} for settings that contradict each other, and a CA bundle without a certificate
 */
export function tlsOptions(config: ClusterConfig): TlsOptions {
  if (config.insecureSkipTlsVerify && config.ca !== undefined) {
    throw new RangeError("the cluster's configuration has both a CA and insecure-skip-tls-verify: remove one");
  }
  if ((config.clientCertificate === undefined) !== (config.clientKey === undefined)) {
    throw new RangeError("the cluster's configuration has a client certificate or key, but not both");
  }
  const host = new URL(config.server).hostname.replace(/^\[|\]$/g, "");
  const name = config.tlsServerName ?? host;
  return {
    minVersion: "TLSv1.2",
    keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
    rejectUnauthorized: config.insecureSkipTlsVerify !== true,
    // An IP address must not be sent as SNI (RFC 6066), but the certificate is still checked for it.
    ...(config.tlsServerName === undefined || isIP(name) !== 0 ? {} : { servername: name }),
    ...(config.ca === undefined ? {} : { ca: caBundle(config.ca) }),
    ...(config.clientCertificate === undefined
      ? {}
      : { cert: certificates(config.clientCertificate) || config.clientCertificate }),
    ...(config.clientKey === undefined ? {} : { key: privateKey(config.clientKey) ?? config.clientKey }),
  };
}

function caBundle(text: string): string {
  const found = certificates(text);
  if (found === "") throw new RangeError("the cluster's CA has no PEM certificate");
  return found;
}

interface PemBlock {
  readonly label: string;
  readonly der: Buffer;
}

/**
 * The blocks of a PEM text as Go finds them: whatever stands around them, and however their lines are broken. OpenSSL reads none behind the first that it cannot
 * read, and no key whose label is another kind's. https://www.rfc-editor.org/rfc/rfc7468
 */
function pemBlocks(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  // The base64 has neither dashes nor the colon of a header, with which Go takes a block for none.
  for (const [, label = "", base64 = ""] of text.matchAll(/-----BEGIN ([^-\r\n]+)-----([^-:]*)-----END \1-----/g)) {
    const der = Buffer.from(base64, "base64");
    if (der[0] === DER_SEQUENCE) blocks.push({ label, der });
  }
  return blocks;
}

function pem({ label, der }: PemBlock): string {
  const lines = der.toString("base64").replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

/** The certificates among a text's blocks; "" where there is none. */
function certificates(text: string): string {
  return pemBlocks(text)
    .filter(({ label }) => label === "CERTIFICATE")
    .map(pem)
    .join("");
}

/** The first private key of a text, by the label that its content has. Undefined where there is none. */
function privateKey(text: string): string | undefined {
  const found = pemBlocks(text).find(({ label }) => /^(.+ )?PRIVATE KEY$/.test(label));
  return found && pem({ label: keyLabel(found.der) ?? found.label, der: found.der });
}

const DER_SEQUENCE = 0x30;

/** What follows a key's version says what kind it is. https://www.rfc-editor.org/rfc/rfc5958 (any), rfc8017 (RSA), rfc5915 (EC) */
const LABELS: Readonly<Record<number, string>> = {
  [DER_SEQUENCE]: "PRIVATE KEY",
  2: "RSA PRIVATE KEY",
  4: "EC PRIVATE KEY",
};

function keyLabel(der: Buffer): string | undefined {
  const length = der[1] ?? 0;
  const version = 2 + (length < 0x80 ? 0 : length - 0x80);
  return der[version] === 2 ? LABELS[der[version + 3] ?? 0] : undefined;
}
