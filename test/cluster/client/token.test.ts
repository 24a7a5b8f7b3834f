import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { resolveAccess } from "../../../runtime/job/access.ts";
import { builtinCatalog } from "../../../runtime/kube/catalog/builtin.ts";
import { createClient } from "../../../runtime/kube/client.ts";
import { TestNamespace } from "../namespace.ts";
import { adminConfig, jobClientOf } from "./real-client.ts";

let namespace: TestNamespace;

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "client-token");
});

afterAll(() => namespace.delete());

it.each([false, true])(
  "createToken returns a valid token, which the API server does not store, with dryRun %s",
  async (dryRun) => {
    const account = `minter-${dryRun}`;
    await using minter = await jobClientOf(namespace, account, { "serviceaccounts/token": ["create"] }, { dryRun });
    const made = await minter.kube.serviceaccounts.createToken(account, { expirationSeconds: 600 });
    expect(Date.parse(made.expirationTimestamp)).toBeGreaterThan(Date.now());
    const { clientCertificate: _certificate, clientKey: _key, ...config } = await adminConfig(namespace);
    const client = createClient({
      config: { ...config, token: { get: async () => made.token } },
      rules: resolveAccess({}, builtinCatalog),
    });
    try {
      expect(await client.kube.canI("create", "serviceaccounts/token")).toBe(true);
      expect(await client.kube.canI("delete", "pods")).toBe(false);
    } finally {
      await client.close();
    }
  },
);
