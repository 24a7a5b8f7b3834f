import assert from "node:assert/strict";
import { test } from "node:test";
import { expiresBefore } from "./custom-resource.ts";

const certificate = (notAfter: string) => ({ metadata: { name: "web" }, status: { notAfter } });
const time = Date.parse("2030-01-15T00:00:00Z");

test("expiresBefore is true when the certificate ends before the time", () => {
  assert.equal(expiresBefore(certificate("2030-01-14T00:00:00Z"), time), true);
});

test("expiresBefore is false when the certificate ends later, or was never issued", () => {
  assert.equal(expiresBefore(certificate("2030-01-16T00:00:00Z"), time), false);
  assert.equal(expiresBefore({ metadata: { name: "web" } }, time), false);
});
