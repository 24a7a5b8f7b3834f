import { generateKeyPairSync, hash, randomBytes, sign } from "node:crypto";

/** A key with its self-signed certificate. */
export interface ServerCertificate {
  /** PEM; the same text is the CA that clients trust. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

const COMMON_NAME = "errand embedded API";
const DNS_NAMES = ["localhost", "kubernetes.default.svc"];
/** 127.0.0.1 and ::1. */
const IP_ADDRESSES = [Buffer.of(127, 0, 0, 1), Buffer.concat([Buffer.alloc(15), Buffer.of(1)])];
const VALID_MS = 365 * 86_400_000;
/** Allows for clocks that are slow. */
const BACKDATED_MS = 300_000;

let shared: ServerCertificate | undefined;

/** The certificate of all embedded API servers in this process. */
export function serverCertificate(): ServerCertificate {
  shared ??= makeServerCertificate();
  return shared;
}

/**
 * Creates the certificate of an embedded API server: for loopback and the API's names in pods, valid for a year, kept in memory only.
 * Node can create keys and sign, but not write X.509, and not every machine has openssl. https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 *
 * @param random of the serial number, 16 bytes
 */
export function makeServerCertificate(random: Uint8Array = randomBytes(16)): ServerCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keyInfo = publicKey.export({ type: "spki", format: "der" });
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, OID.commonName, der(UTF8_STRING, Buffer.from(COMMON_NAME)))));
  const now = Date.now();
  const toBeSigned = der(
    SEQUENCE,
    der(context(0), der(INTEGER, Buffer.of(X509_VERSION_3))),
    // The first octet keeps the number positive and minimal.
    der(INTEGER, Buffer.of(1), random),
    der(SEQUENCE, OID.ecdsaWithSha256),
    name,
    der(SEQUENCE, utcTime(now - BACKDATED_MS), utcTime(now + VALID_MS)),
    name,
    keyInfo,
    der(context(3), der(SEQUENCE, ...extensions(keyInfo))),
  );
  const signature = der(BIT_STRING, Buffer.of(0), sign("sha256", toBeSigned, privateKey));
  const certificate = der(SEQUENCE, toBeSigned, der(SEQUENCE, OID.ecdsaWithSha256), signature);
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${certificate.toString("base64").replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}

// The tags of https://www.itu.int/rec/T-REC-X.690 that a certificate has.
const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;

const X509_VERSION_3 = 2;
/** digitalSignature and keyCertSign; the last two of eight bits are unused. */
const KEY_USAGE = Buffer.of(2, 0b1000_0100);
const TRUE = Buffer.of(0xff);

const OID = {
  commonName: oid("550403"),
  subjectKeyIdentifier: oid("551d0e"),
  keyUsage: oid("551d0f"),
  subjectAltName: oid("551d11"),
  basicConstraints: oid("551d13"),
  extKeyUsage: oid("551d25"),
  serverAuth: oid("2b06010505070301"),
  ecdsaWithSha256: oid("2a8648ce3d040302"),
};

function extensions(keyInfo: Buffer): Buffer[] {
  const critical = der(BOOLEAN, TRUE);
  const names = DNS_NAMES.map((name) => der(primitive(2), Buffer.from(name)));
  const addresses = IP_ADDRESSES.map((address) => der(primitive(7), address));
  const extension = (...parts: Buffer[]) => der(SEQUENCE, ...parts.slice(0, -1), der(OCTET_STRING, ...parts.slice(-1)));
  return [
    extension(OID.basicConstraints, critical, der(SEQUENCE, der(BOOLEAN, TRUE))),
    extension(OID.keyUsage, critical, der(BIT_STRING, KEY_USAGE)),
    extension(OID.extKeyUsage, der(SEQUENCE, OID.serverAuth)),
    extension(OID.subjectKeyIdentifier, der(OCTET_STRING, hash("sha1", keyInfo, "buffer"))),
    extension(OID.subjectAltName, der(SEQUENCE, ...names, ...addresses)),
  ];
}

/** The tag of a constructed value. */
function context(number: number): number {
  return 0xa0 | number;
}

/** The tag of a primitive value. */
function primitive(number: number): number {
  return 0x80 | number;
}

function oid(hex: string): Buffer {
  return der(OBJECT_IDENTIFIER, Buffer.from(hex, "hex"));
}

function utcTime(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/\D/g, "").slice(2, 14);
  return der(UTC_TIME, Buffer.from(`${digits}Z`));
}

/** A value with its tag and length. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  const { length } = value;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), value]);
  const octets = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...octets), value]);
}
