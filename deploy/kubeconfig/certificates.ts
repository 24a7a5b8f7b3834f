import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { CertificateSource } from "../../runtime/kube/config/cluster-config.ts";
import type { ClientCertificate } from "../../runtime/kube/requests/request.ts";

/** How long a certificate is used before its files are read again, in milliseconds: certificates are renewed well before they expire. */
const REREAD_MS = 60_000;

/** A certificate or key that cannot be used. The message names the problem and quotes nothing. */
export class PemError extends Error {
  override readonly name = "PemError";
}

/** A block of PEM with its label. https://www.rfc-editor.org/rfc/rfc7468 */
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;

/** Older formats of a key, in the order in which Go tries them, whatever the label says. */
const KEY_TYPES = ["pkcs1", "pkcs8", "sec1"] as const;

/**
 * Reads authorities as Go does: unreadable certificates are skipped, where Node would also skip all that follow.
 *
 * @throws {PemError} if none can be read
 */
export function authoritiesIn(text: string): string {
  const blocks = blocksOf(text).filter(({ label }) => label === "CERTIFICATE");
  const certificates = blocks.filter(({ pem }) => isCertificate(pem)).map(({ pem }) => pem);
  if (certificates.length > 0) return certificates.length === blocks.length ? text : `${certificates.join("\n")}\n`;
  throw new PemError(
    blocks.length === 0 ? "contains no certificate in PEM format" : "contains no readable certificate",
  );
}

/**
 * Reads a client's certificate and key as Go does: a key may have the label of another format.
 *
 * @throws {PemError} if either cannot be read, or the two do not match
 */
export function clientPair(certificate: string, key: string): ClientCertificate {
  const leaf = blocksOf(certificate).find(({ label }) => label === "CERTIFICATE");
  if (leaf === undefined) throw new PemError("the certificate is not in PEM format");
  if (!isCertificate(leaf.pem)) throw new PemError("the certificate cannot be read");
  const found = keyIn(key);
  if (!new X509Certificate(leaf.pem).checkPrivateKey(found.object)) {
    throw new PemError("certificate and key do not match");
  }
  return { certificate, key: found.pem };
}

function keyIn(text: string): { readonly object: KeyObject; readonly pem: string } {
  const block = blocksOf(text).find(({ label }) => /(?:^| )PRIVATE KEY$/.test(label));
  if (block === undefined) throw new PemError("the key is not in PEM format");
  if (/^ENCRYPTED /.test(block.label) || /^Proc-Type:.*ENCRYPTED/m.test(block.pem)) {
    throw new PemError("the key is encrypted with a password, which neither kubectl nor errand asks for");
  }
  const der = Buffer.from(block.body, "base64");
  for (const type of KEY_TYPES) {
    const object = attempt(() => createPrivateKey({ key: der, format: "der", type }));
    if (object !== undefined) return { object, pem: String(object.export({ format: "pem", type: "pkcs8" })) };
  }
  throw new PemError("the key cannot be read");
}

function blocksOf(text: string) {
  return [...text.matchAll(BLOCK)].map(([pem, label = "", body = ""]) => ({ pem, label, body }));
}

function isCertificate(pem: string): boolean {
  return attempt(() => new X509Certificate(pem)) !== undefined;
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

/**
 * A client certificate in files that may be replaced while the process runs. As in client-go, they are read again at most once a minute, and after a 401.
 * Two files are never replaced at the same instant: while they do not match or cannot be read, the last pair stays in use, and the next request tries
 * again.
 *
 * @param first what was read at the start
 * @param read reads certificate and key again
 */
export function certificateFiles(
  first: ClientCertificate,
  read: () => Promise<ClientCertificate>,
  now: () => number = Date.now,
): CertificateSource {
  let current = first;
  let readAt = now();
  let reading: Promise<void> | undefined;

  const reread = async (): Promise<void> => {
    const startedAt = now();
    const next = await read();
    if (next.certificate !== current.certificate || next.key !== current.key) current = next;
    readAt = startedAt;
  };

  return {
    async get({ refresh = false } = {}) {
      if (refresh || now() - readAt >= REREAD_MS) {
        reading ??= reread()
          .catch(() => {})
          .finally(() => {
            reading = undefined;
          });
        await reading;
      }
      return current;
    },
  };
}

/**
 * Reads the cluster's authorities again.
 *
 * @throws {PemError} for a file without any, so that the last ones stay in use
 */
export async function readAuthorities(file: string): Promise<string> {
  return authoritiesIn(await readFile(file, "utf8"));
}
