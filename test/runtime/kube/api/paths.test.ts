import fc from "fast-check";
import { expect, expectTypeOf, test } from "vitest";
import { checkRawPath } from "../../../../runtime/kube/requests/paths.ts";
import type { Kube } from "../../../../runtime/kube/surface/kube.ts";
import { jobClient } from "../server/job-client.ts";
import { startScriptedServer, text } from "../server/scripted-server.ts";

const METRICS = '# TYPE up gauge\nup{job="a"} 1\n';

test("readPath and readMetrics read a declared path", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "/metrics": ["get"] });
  server.answer(text(200, METRICS), text(200, METRICS));
  expect(await client.kube.readPath("/metrics")).toBe(METRICS);
  const samples = [];
  for await (const sample of client.kube.readMetrics("/metrics")) samples.push(sample);
  expect(samples).toEqual([{ name: "up", labels: { job: "a" }, value: 1, type: "gauge" }]);
  expect(server.requests[0]).toMatchObject({ method: "GET", target: "/metrics" });
});

test("readPath refuses an undeclared path without a request, with the line to add [P2]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "/debug/*": ["get"] });
  server.answer(text(200, "fine"));
  await client.kube.readPath("/debug/flags");
  const kube = client.kube as unknown as { readPath(path: string): Promise<string> };
  await expect(kube.readPath("/metrics")).rejects.toMatchObject({
    name: "NotDeclaredError",
    hint: 'add "/metrics": ["get"] to access and deploy again',
  });
  expect(server.requests).toHaveLength(1);
});

test("proxy reads the answer of a kubelet or a pod through the API server", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "nodes/proxy": ["get"], "pods/proxy": ["get"] });
  server.answer(text(200, METRICS), text(200, "hello"));
  const samples = [];
  for await (const sample of client.kube.nodes.proxyMetrics("node-1", "/metrics")) samples.push(sample.name);
  expect(samples).toEqual(["up"]);
  expect(await client.kube.pods.proxy("web:8080", "/healthz")).toBe("hello");
  expect(server.requests.map(({ target }) => target)).toEqual([
    "/api/v1/nodes/node-1/proxy/metrics",
    "/api/v1/namespaces/shop/pods/web:8080/proxy/healthz",
  ]);
});

test.each([
  "",
  "metrics",
  "//evil.test/",
  "https://evil.test/",
  "/a/../b",
  "/a/./b",
  "/a%2e",
  "/a?b",
  "/a#b",
  "/a\\b",
  "/a b",
  "/é",
])("an ambiguous path is refused: %j [J4]", (path) => {
  expect(() => checkRawPath(path)).toThrow(RangeError);
});

test("an accepted path is unchanged by any URL parser [J4]", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("/", ".", "a", "%", "2", "e", "\\", "?", ":", "@") }), (tail) => {
      const path = `/${tail}`;
      try {
        checkRawPath(path);
      } catch {
        return;
      }
      const url = new URL(path, "https://api.example.test");
      expect(url.href).toBe(`https://api.example.test${path}`);
    }),
  );
});

test("Kube has readPath only with declared paths, and only for those", () => {
  type Declared = Kube<{ "/metrics": ["get"]; "/debug/*": ["get"]; pods: ["list"] }>;
  expectTypeOf<Parameters<Declared["readPath"]>[0]>().toEqualTypeOf<"/metrics" | `/debug/${string}`>();
  expectTypeOf<Kube<{ pods: ["list"] }>>().not.toHaveProperty("readPath");
  expectTypeOf<Declared>().not.toHaveProperty("/metrics");
  expectTypeOf<Declared>().not.toHaveProperty("");
});
