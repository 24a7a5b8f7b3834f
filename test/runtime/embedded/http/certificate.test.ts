import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { expect, it } from "vitest";
import { makeServerCertificate } from "../../../../runtime/embedded/http/certificate.ts";

it("makeServerCertificate creates a self-signed certificate for loopback and the API's names", () => {
  const { certificate, key } = makeServerCertificate();
  const read = new X509Certificate(certificate);
  expect(read.verify(read.publicKey)).toBe(true);
  expect(read.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(read.checkIssued(read)).toBe(true);
  expect({ ca: read.ca, keyUsage: read.keyUsage }).toEqual({ ca: true, keyUsage: ["1.3.6.1.5.5.7.3.1"] });
  expect(read.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(read.checkIP("::1")).toBe("::1");
  expect(read.checkHost("localhost")).toBe("localhost");
  expect(read.checkHost("kubernetes.default.svc")).toBe("kubernetes.default.svc");
  expect(read.checkHost("example.com")).toBeUndefined();
  expect(Date.parse(read.validFrom)).toBeLessThan(Date.now());
  expect(Date.parse(read.validTo)).toBeGreaterThan(Date.now());
});

it("makeServerCertificate creates a new key each time", () => {
  expect(makeServerCertificate().key).not.toBe(makeServerCertificate().key);
});

it.each([
  ["zeros", 0x00],
  ["a first bit that would be a sign", 0x80],
  ["ones", 0xff],
])("makeServerCertificate creates a valid certificate with %s as the random part of its serial number", (_, octet) => {
  const { certificate } = makeServerCertificate(new Uint8Array(16).fill(octet));
  const read = new X509Certificate(certificate);
  expect(read.serialNumber).toBe(`01${octet.toString(16).padStart(2, "0").repeat(16)}`.toUpperCase());
  expect(() => createSecureContext({ cert: certificate })).not.toThrow();
});
