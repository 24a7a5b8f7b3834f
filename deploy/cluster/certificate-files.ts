import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { CertificateSource, ClientCertificate } from "../../runtime/kube/cluster-config.ts";

/** How long a certificate that was read is shown, in milliseconds: who renews one does so well before it ends. */
const REREAD_MS = 60_000;

/** What holds a user's certificate and key: data of the kubeconfig, or a file. */
export interface CertificateParts {
  readonly certificate: () => Promise<string>;
  readonly key: () => Promise<string>;
}

/** Reads a text again where it is a file's. */
export function partOf(file: string | undefined, data: string): () => Promise<string> {
  return file === undefined ? async () => data : () => readFile(file, "utf8");
}

/**
 * A client certificate in files that may be replaced while the process runs, as client-go reads them again: once a minute at most, and after a 401.
 * Two files are not replaced at once: where they do not fit each other, or cannot be read, the last pair is shown on, and the files are looked at again
 * with the next request.
 *
 * @param first what was read at the start
 */
export function certificateFiles(
  first: ClientCertificate,
  parts: CertificateParts,
  now: () => number = Date.now,
): CertificateSource {
  let current = first;
  let readAt = now();
  let reading: Promise<void> | undefined;

  const reread = async (): Promise<void> => {
    const startedAt = now();
    const [certificate, key] = await Promise.all([parts.certificate(), parts.key()]);
    if (certificate !== current.certificate || key !== current.key) {
      if (!areOne(certificate, key)) return;
      current = { certificate, key };
    }
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

function areOne(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/**
 * Reads the cluster's authorities again.
 *
 * @throws {Error} for a file in which there are none, so that the last ones stay
 */
export async function readAuthorities(file: string): Promise<string> {
  const text = await readFile(file, "utf8");
  new X509Certificate(text);
  return text;
}
