import { generateKeyPairSync, randomBytes } from "node:crypto";
import forge from "node-forge";

/** A key pair with a certificate that is its own authority. */
export interface ServerCertificate {
  /** PEM; the same text is the CA that clients trust. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

const RSA_BITS = 2048;
const VALID_DAYS = 365;
const MILLISECONDS_PER_DAY = 86_400_000;
/** Clocks of other machines may be a little behind. */
const BACKDATED_MS = 300_000;

/** Types of a subject's alternative names. https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6 */
const DNS_NAME = 2;
const IP_ADDRESS = 7;

let shared: ServerCertificate | undefined;

/** The certificate of all embedded API servers of this process: to make a key takes up to a third of a second, and a test file may start dozens. */
export function serverCertificate(): ServerCertificate {
  shared ??= makeServerCertificate();
  return shared;
}

/**
 * Makes the certificate of an embedded API server: for loopback and the names by which pods know the API, valid for a year, kept in memory only.
 *
 * Node can make keys but sign no X.509 itself, and a person's machine may have no openssl.
 *
 * @param random for the serial number, 16 bytes
 */
export function makeServerCertificate(random: Uint8Array = randomBytes(16)): ServerCertificate {
  const pair = generateKeyPairSync("rsa", {
    modulusLength: RSA_BITS,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(pair.publicKey);
  certificate.serialNumber = serialNumberOf(random);
  certificate.validity.notBefore = new Date(Date.now() - BACKDATED_MS);
  certificate.validity.notAfter = new Date(Date.now() + VALID_DAYS * MILLISECONDS_PER_DAY);
  const name = [{ name: "commonName", value: "errand embedded API" }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, digitalSignature: true, keyEncipherment: true, critical: true },
    { name: "extKeyUsage", serverAuth: true },
    {
      name: "subjectAltName",
      altNames: [
        { type: IP_ADDRESS, ip: "127.0.0.1" },
        { type: IP_ADDRESS, ip: "::1" },
        { type: DNS_NAME, value: "localhost" },
        { type: DNS_NAME, value: "kubernetes.default.svc" },
      ],
    },
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(pair.privateKey), forge.md.sha256.create());
  const pem = forge.pki.certificateToPem(certificate).replaceAll("\r\n", "\n");
  return { certificate: pem, key: pair.privateKey };
}

/** The first octet keeps it positive and needs no padding: DER has a number's shortest form only. https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2 */
function serialNumberOf(random: Uint8Array): string {
  return `01${Buffer.from(random).toString("hex")}`;
}
