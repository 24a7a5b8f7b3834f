import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { explainError } from "../../../deploy/cluster/explain-error.ts";
import { CommandError } from "../../../deploy/terminal/command-error.ts";
import { ApiError } from "../../../runtime/kube/errors/api-error.ts";
import { TransportError } from "../../../runtime/kube/errors/kube-error.ts";

const attributes = { verb: "list", group: "apps", version: "v1", resource: "deployments", namespace: "shop" } as const;

describe("explainError", () => {
  it("returns a CommandError unchanged", () => {
    expect(explainError(new CommandError("no", { hint: "do this", exitCode: 75 }))).toMatchObject({
      message: "no",
      hint: "do this",
      exitCode: 75,
    });
  });

  it("names verb, resource and namespace when the server forbids something", () => {
    const error = new ApiError("x", { code: 403, reason: "Forbidden", attributes, serverMessage: "User eve cannot" });
    expect(explainError(error)).toEqual({
      message: 'You may not list deployments.apps in namespace "shop": User eve cannot',
      hint: "Ask for that right; to see your rights: kubectl auth can-i --list -n shop",
      reason: "Forbidden",
      exitCode: 77,
    });
  });

  it("says to log in again when the server does not accept the credentials", () => {
    const explained = explainError(new ApiError("x", { code: 401, reason: "Unauthorized", attributes }));
    expect(explained).toMatchObject({ message: expect.stringContaining("(401)"), exitCode: 77 });
  });

  it("says what the last attempt ran into when nobody answered", () => {
    const message = "stopped while retrying, after 4 attempts. The last error: connect ECONNREFUSED 127.0.0.1:1";
    const error = new TransportError(message, { code: "ABORTED", sent: false, outcomeUnknown: false });
    expect(explainError(error)).toMatchObject({
      message: "The API server cannot be reached: connect ECONNREFUSED 127.0.0.1:1",
      exitCode: 69,
    });
  });

  it.each([
    ["SELF_SIGNED_CERT_IN_CHAIN", "certificate-authority-data"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "certificate-authority-data"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "certificate-authority-data"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls-server-name"],
    ["CERT_HAS_EXPIRED", "clock"],
  ])("blames the CA, and not a cluster that is down, when TLS says %s", (code, hint) => {
    const error = new TransportError("list pods: refused", { code, sent: false, outcomeUnknown: false });
    expect(explainError(error)).toEqual({
      message: "The API server's certificate is not trusted: list pods: refused",
      hint: expect.stringContaining(hint),
      reason: code,
      exitCode: 69,
    });
  });

  it.each([
    [
      "the proxy http://p:1: it answered CONNECT with 407",
      "PROXY_REFUSED",
      /reached: the proxy/,
      /proxy-url .* HTTPS_PROXY/,
    ],
    [
      "write EPROTO 40:error:0A00010B:SSL routines:wrong version number:../a.c:78:\n",
      "EPROTO",
      /not speak TLS there$/,
      /http:/,
    ],
    ["getaddrinfo ENOTFOUND a.test", "ENOTFOUND", /reached: getaddrinfo ENOTFOUND/, /cannot find the host/],
    ["connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED", /reached: connect/, /Is the cluster up/],
  ])("gives a fitting hint when nobody answered because of %j", (met, code, message, hint) => {
    const error = new TransportError(met, { code, sent: false, outcomeUnknown: false });
    expect(explainError(error)).toEqual({
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
      reason: code,
      exitCode: 69,
    });
  });

  it("blames the client certificate when the server's alert is about it", () => {
    const code = "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED";
    const error = new TransportError("list pods: alert", { code, sent: true, outcomeUnknown: false });
    const explained = explainError(error);
    expect(explained).toMatchObject({ message: expect.stringContaining("your client certificate"), exitCode: 77 });
  });

  it("names the path and its problem when a file is where a folder is needed", () => {
    const place = join(import.meta.filename, "manifests");
    let error: unknown;
    try {
      mkdirSync(place, { recursive: true });
    } catch (caught) {
      error = caught;
    }
    expect(explainError(error)).toEqual({
      message: `${place} cannot be used: not a directory (ENOTDIR)`,
      hint: "Choose a place that you can read and write, or fix this one.",
      reason: "ENOTDIR",
      exitCode: 2,
    });
  });

  it("shows one line, and how to see more, for a bug of errand's own", () => {
    const explained = explainError(new TypeError("x is not a function"));
    expect(explained.message).toBe("errand failed unexpectedly: TypeError: x is not a function");
    expect(explained).toMatchObject({ hint: expect.stringContaining("ERRAND_DEBUG=1"), exitCode: 70 });
  });
});
