import { isIP } from "node:net";
import type { ClusterConfig } from "../config/cluster-config.ts";

/** Half the time after which load balancers silently drop connections, in milliseconds. */
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
 * The TLS options: trusts only the cluster's own CA bundle, TLS 1.2 or later.
 * @throws {RangeError} for contradictory settings, or a CA bundle without a certificate
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
    // An IP address must not be sent as SNI (RFC 6066), but the certificate is still verified against it.
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
 * The blocks of a PEM text as Go finds them, whatever text is around them and however their lines are wrapped. OpenSSL stops at the first block that it
 * cannot read, and refuses a key with another kind's label. https://www.rfc-editor.org/rfc/rfc7468
 */
function pemBlocks(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  // The base64 has neither dashes nor colons: Go ignores a block with headers here.
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

/** The certificates in a text; "" if there are none. */
function certificates(text: string): string {
  return pemBlocks(text)
    .filter(({ label }) => label === "CERTIFICATE")
    .map(pem)
    .join("");
}

/** The first private key in a text, labeled by its content. Undefined if there is none. */
function privateKey(text: string): string | undefined {
  const found = pemBlocks(text).find(({ label }) => /^(.+ )?PRIVATE KEY$/.test(label));
  return found && pem({ label: keyLabel(found.der) ?? found.label, der: found.der });
}

const DER_SEQUENCE = 0x30;

/** The tag after a key's version tells its kind. https://www.rfc-editor.org/rfc/rfc5958 (any), rfc8017 (RSA), rfc5915 (EC) */
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
