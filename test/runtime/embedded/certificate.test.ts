import { createPrivateKey, X509Certificate } from "node:crypto";
import { expect, it } from "vitest";
import { makeServerCertificate } from "../../../runtime/embedded/certificate.ts";

it("makeServerCertificate makes a certificate of its own key that is good for loopback and the API's name", () => {
  const { certificate, key } = makeServerCertificate();
  const read = new X509Certificate(certificate);
  expect(read.verify(read.publicKey)).toBe(true);
  expect(read.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(read.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(read.checkIP("::1")).toBe("::1");
  expect(read.checkHost("localhost")).toBe("localhost");
  expect(read.checkHost("kubernetes.default.svc")).toBe("kubernetes.default.svc");
  expect(read.checkHost("example.com")).toBeUndefined();
  expect(Date.parse(read.validFrom)).toBeLessThan(Date.now());
  expect(Date.parse(read.validTo)).toBeGreaterThan(Date.now());
});

it("makeServerCertificate makes another key each time", () => {
  expect(makeServerCertificate().key).not.toBe(makeServerCertificate().key);
});
