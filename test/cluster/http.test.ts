import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { project } from "../support/project.ts";
import { TestNamespace } from "./namespace.ts";
import { resultOf, triggerAndWait } from "./runs.ts";
import { until } from "./until.ts";

/** Says what it is asked, and answers proxies' requests too. */
const SERVER = `
const server = require("node:http").createServer((request, response) => {
  console.log(request.method + " " + request.url);
  response.end(JSON.stringify({ asked: request.url }));
});
server.on("connect", (request, socket) => socket.end("HTTP/1.1 405 Not Allowed\\r\\n\\r\\n"));
server.listen(8080);
`;

let namespace: TestNamespace;
/** Where the server's pod listens. */
let address: string;

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "http");
  const securityContext = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    runAsNonRoot: true,
    runAsUser: 1000,
    seccompProfile: { type: "RuntimeDefault" },
  };
  const container = { name: "main", image: namespace.access.nodeImage, command: ["node", "-e", SERVER] };
  await namespace.kubectl.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "server" },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          ...container,
          imagePullPolicy: "IfNotPresent",
          securityContext,
          readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
        },
      ],
    },
  });
  await until("the server is ready", async () => {
    const { status } = await namespace.kubectl.get<Server>("pod/server");
    address = status.podIP ?? "";
    return status.containerStatuses?.[0]?.ready === true;
  });
});
afterAll(() => namespace.delete());

interface Server {
  readonly status: { readonly podIP?: string; readonly containerStatuses?: readonly { readonly ready: boolean }[] };
}

/** Deploys a job of this text. */
async function deployText(name: string, text: string): Promise<void> {
  const folder = await project({ [`jobs/${name}.ts`]: text });
  const file = join(folder, "jobs", `${name}.ts`);
  const { code, stderr } = await namespace.errand([
    "deploy",
    file,
    "--image",
    namespace.access.nodeImage,
    "--no-types",
  ]);
  expect(stderr, `deploy of ${name}`).not.toContain("error:");
  expect(code).toBe(0);
}

async function asked(): Promise<string[]> {
  return (await namespace.kubectl.run(["logs", "server"])).stdout.trim().split("\n");
}

describe("http in a pod", () => {
  it("calls what is declared, withholds in a dry run, and calls nothing else", async () => {
    await deployText(
      "calls",
      `import { defineJob } from "errand";
export default defineJob({
  access: {},
  http: ["${address}:8080"],
  async run({ http }) {
    const { asked } = await (await http("http://${address}:8080/read")).json();
    await http("http://${address}:8080/write", { method: "POST", json: { asked } });
    const refused = await http("http://169.254.169.254/latest/meta-data/").catch((error) => error.message);
    return { asked, refused };
  },
});`,
    );
    const dry = await triggerAndWait(namespace, "calls", "--dry-run");
    expect(dry.report).toMatchObject({
      outcome: "succeeded",
      http: { calls: { [`GET ${address}:8080`]: 1 }, withheld: { [`POST ${address}:8080`]: 1 } },
    });
    const { report } = await triggerAndWait(namespace, "calls");
    expect(report).toMatchObject({
      outcome: "succeeded",
      result: { asked: "/read", refused: "GET 169.254.169.254:80 is not declared; nothing was sent" },
    });
    // The other test asks through the same server, before or after.
    const direct = (await asked()).filter((line) => !line.includes("nowhere.invalid"));
    expect(direct).toEqual(["GET /read", "GET /read", "POST /write"]);
    expect(await resultOf(namespace, report.run.id)).toMatchObject({
      report: { http: { calls: { [`GET ${address}:8080`]: 1, [`POST ${address}:8080`]: 1 } } },
    });
  });

  it("goes through the proxy that the pod's environment names", async () => {
    await deployText(
      "proxied",
      `import { defineJob } from "errand";
export default defineJob({
  access: {},
  http: ["nowhere.invalid:80"],
  env: { HTTP_PROXY: "http://${address}:8080" },
  run: async ({ http }) => (await http("http://nowhere.invalid/through")).json(),
});`,
    );
    const { report } = await triggerAndWait(namespace, "proxied");
    expect(report).toMatchObject({ outcome: "succeeded", result: { asked: "http://nowhere.invalid/through" } });
  });
});
