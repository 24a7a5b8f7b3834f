import { once } from "node:events";
import { get } from "node:http";
import { buffer, text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { ConnectedClient } from "../../../runtime/kube/connect.ts";
import { TestNamespace } from "../namespace.ts";
import { PATIENCE } from "../until.ts";
import { adminClient, jobClientOf } from "./real-client.ts";

const ACCESS = { "pods/portforward": ["get", "create"] } as const;
const PORT = 8080;
/** Serves its loopback only, as a run's status endpoint does: what it is sent, or as many bytes as the path says. */
const PROGRAM = `require("http").createServer((q, s) => {
  if (q.method === "POST") q.pipe(s);
  else s.end(Buffer.alloc(Number(q.url.slice(1)), "x"));
}).listen(${PORT}, "127.0.0.1");`;
const PROBE = `require("net").connect(${PORT}, "127.0.0.1", () => process.exit())`;

let namespace: TestNamespace;
let client: ConnectedClient;

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "client-forward");
  client = await adminClient(namespace);
  const image = namespace.access.nodeImage;
  await client.kube.pods.create({
    metadata: { name: "echo" },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: "main",
          image,
          command: ["node", "-e", PROGRAM],
          imagePullPolicy: "IfNotPresent",
          readinessProbe: { exec: { command: ["node", "-e", PROBE] }, periodSeconds: 1, timeoutSeconds: 10 },
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
            runAsNonRoot: true,
            runAsUser: 1000,
            seccompProfile: { type: "RuntimeDefault" },
          },
        },
      ],
    },
  });
  const isReady = await client.kube.pods.waitFor(
    "echo",
    ({ status }) => status?.containerStatuses?.[0]?.ready === true,
    { timeout: PATIENCE },
  );
  expect(isReady).not.toBe("gone");
});

afterAll(async () => {
  await client.close();
  await namespace.delete();
});

describe("the client's portForward on a real kubelet", () => {
  it("sends a request to a port on the pod's loopback interface and returns the answer", async () => {
    const stream = await client.kube.pods.portForward("echo", PORT);
    const body = "zwölf Boxkämpfer";
    const length = Buffer.byteLength(body);
    stream.write(`POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n${body}`);
    const answer = await text(stream);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toContain(body);
  });

  it("returns a large node:http answer completely", async () => {
    const connection = await client.kube.pods.portForward("echo", PORT);
    const request = get({ path: "/5000000", createConnection: () => connection });
    const [response] = await once(request, "response");
    expect((await buffer(response)).length).toBe(5_000_000);
    connection.destroy();
  });

  it("reports that nothing listens on a port", async () => {
    await expect(text(await client.kube.pods.portForward("echo", 9))).rejects.toMatchObject({
      name: "ApiError",
      message: expect.stringMatching(/port 9: .*refused/),
    });
  });

  it("needs the rights to get and to create, as on the server", async () => {
    await using both = await jobClientOf(namespace, "both", ACCESS);
    const stream = await both.kube.pods.portForward("echo", PORT);
    stream.write("GET /2 HTTP/1.0\r\n\r\n");
    expect(await text(stream)).toMatch(/\r\n\r\nxx$/);
    await using one = await jobClientOf(namespace, "one", ACCESS, { granted: { "pods/portforward": ["get"] } });
    await expect(one.kube.pods.portForward("echo", PORT)).rejects.toMatchObject({ code: 403 });
  });
});
