import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { audit } from "./audit.ts";
import { TestNamespace } from "./namespace.ts";

/** Reads `/api` the way any program in a pod would, and leaves what it read in the termination message. */
const PROGRAM = `
const { readFileSync, writeFileSync } = require("node:fs");
const directory = "/var/run/secrets/kubernetes.io/serviceaccount/";
const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
const headers = { authorization: "Bearer " + readFileSync(directory + "token", "utf8") };
const options = { host, port, path: "/api", headers, ca: readFileSync(directory + "ca.crt") };
require("node:https").get(options, (response) => {
  let body = "";
  response.on("data", (chunk) => { body += chunk; });
  response.on("end", () => writeFileSync("/dev/termination-log", JSON.stringify(JSON.parse(body).versions)));
});
`;

function podThatReads(name: string, image: string) {
  const flags = [
    "--permission",
    "--allow-net",
    "--allow-fs-read=/var/run/secrets/",
    "--allow-fs-write=/dev/termination-log",
  ];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      restartPolicy: "Never",
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "main",
          image,
          imagePullPolicy: "IfNotPresent",
          command: ["node", ...flags, "--eval", PROGRAM],
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
        },
      ],
    },
  };
}

interface Pod {
  readonly status: {
    readonly containerStatuses: readonly {
      readonly state: { readonly terminated?: { readonly exitCode: number; readonly message?: string } };
    }[];
  };
}

describe("the cluster", () => {
  const access = inject("cluster");
  let namespace: TestNamespace;

  beforeAll(async () => {
    namespace = await TestNamespace.create(access, "smoke");
  });
  afterAll(() => namespace.delete());

  it("has one ready node of the server's version", async () => {
    await namespace.kubectl.waitFor("condition=Ready", [`node/${access.nodeName}`]);
    const { serverVersion } = JSON.parse(await namespace.kubectl.text(["version", "--output=json"]));
    const nodes = await namespace.kubectl.get<{ items: { status: { nodeInfo: { kubeletVersion: string } } }[] }>(
      "nodes",
    );
    expect(nodes.items.map(({ status }) => status.nodeInfo.kubeletVersion)).toEqual([serverVersion.gitVersion]);
  });

  it("runs a restricted pod that reads the API with its mounted token and leaves a termination message", async () => {
    await namespace.kubectl.apply(podThatReads("reader", access.nodeImage));
    await namespace.kubectl.waitFor("jsonpath={.status.phase}=Succeeded", ["pod/reader"]);
    const { status } = await namespace.kubectl.get<Pod>("pod/reader");
    expect(status.containerStatuses.map(({ state }) => state.terminated)).toEqual([
      expect.objectContaining({ exitCode: 0, message: '["v1"]' }),
    ]);
    const seen = await audit(access, { user: `system:serviceaccount:${namespace.name}:default` });
    expect(seen.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual(["get /api"]);
  });

  it("refuses a pod that is not restricted", async () => {
    const { spec, ...pod } = podThatReads("privileged", access.nodeImage);
    const input = JSON.stringify({ ...pod, spec: { ...spec, securityContext: {} } });
    const { code, stderr } = await namespace.kubectl.run(["create", "--filename=-"], { input });
    expect(code).toBe(1);
    expect(stderr).toContain('violates PodSecurity "restricted:latest"');
  });
});
