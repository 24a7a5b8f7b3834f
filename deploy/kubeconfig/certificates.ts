import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { CertificateSource } from "../../runtime/kube/config/cluster-config.ts";
import type { ClientCertificate } from "../../runtime/kube/requests/request.ts";

/** How long a certificate that was read is shown, in milliseconds: who renews one does so well before it ends. */
const REREAD_MS = 60_000;

/** Text that cannot be used as what it should be. The message names the problem and quotes nothing. */
export class PemError extends Error {
  override readonly name = "PemError";
}

/** A block of PEM with its label. https://www.rfc-editor.org/rfc/rfc7468 */
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;

/** Older formats of a key, in the order in which Go tries them, whatever the label says. */
const KEY_TYPES = ["pkcs1", "pkcs8", "sec1"] as const;

/**
 * Reads authorities as Go does: certificates that cannot be read are left out, where Node would leave out those behind them too.
 *
 * @throws {PemError} where none can be read
 */
export function authoritiesIn(text: string): string {
  const blocks = blocksOf(text).filter(({ label }) => label === "CERTIFICATE");
  const certificates = blocks.filter(({ pem }) => isCertificate(pem)).map(({ pem }) => pem);
  if (certificates.length > 0) return certificates.length === blocks.length ? text : `${certificates.join("\n")}\n`;
  throw new PemError(blocks.length === 0 ? "holds no certificate in PEM" : "holds no certificate that can be read");
}

/**
 * Reads a client's certificate and key as Go does, whose keys may stand under the label of another format.
 *
 * @throws {PemError} where one cannot be read, or the two do not belong together
 */
export function clientPair(certificate: string, key: string): ClientCertificate {
  const leaf = blocksOf(certificate).find(({ label }) => label === "CERTIFICATE");
  if (leaf === undefined) throw new PemError("the certificate is not one in PEM");
  if (!isCertificate(leaf.pem)) throw new PemError("the certificate cannot be read");
  const found = keyIn(key);
  if (!new X509Certificate(leaf.pem).checkPrivateKey(found.object)) {
    throw new PemError("certificate and key do not belong together");
  }
  return { certificate, key: found.pem };
}

function keyIn(text: string): { readonly object: KeyObject; readonly pem: string } {
  const block = blocksOf(text).find(({ label }) => /(?:^| )PRIVATE KEY$/.test(label));
  if (block === undefined) throw new PemError("the key is not one in PEM");
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
 * A client certificate in files that may be replaced while the process runs, as client-go reads them again: once a minute at most, and after a 401.
 * Two files are not replaced at once: where they do not fit each other, or cannot be read, the last pair is shown on, and the files are looked at again
 * with the next request.
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
 * @throws {PemError} for a file in which there are none, so that the last ones stay
 */
export async function readAuthorities(file: string): Promise<string> {
  return authoritiesIn(await readFile(file, "utf8"));
}
