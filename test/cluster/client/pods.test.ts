import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { ConnectedClient } from "../../../runtime/kube/connect.ts";
import type { ObjectOf } from "../../../runtime/kube/surface/kube.ts";
import { TestNamespace } from "../namespace.ts";
import { PATIENCE } from "../until.ts";
import { adminClient, jobClientOf } from "./real-client.ts";

let namespace: TestNamespace;
let client: ConnectedClient;

/** A pod of the Node image that runs a program, as the restricted level wants it. */
function podOf(name: string, program: string, image = namespace.access.nodeImage): ObjectOf<"pods"> {
  const security = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    runAsNonRoot: true,
    runAsUser: 1000,
    seccompProfile: { type: "RuntimeDefault" as const },
  };
  const main = { name: "main", image, command: ["node", "-e", program], imagePullPolicy: "IfNotPresent" as const };
  return {
    metadata: { name, labels: { app: name } },
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 0,
      containers: [{ ...main, securityContext: security }],
    },
  };
}

async function running(name: string): Promise<void> {
  const isReady = ({ status }: ObjectOf<"pods">) => status?.containerStatuses?.[0]?.ready === true;
  expect(await client.kube.pods.waitFor(name, isReady, { timeout: PATIENCE })).not.toBe("gone");
}

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "client-pods");
  client = await adminClient(namespace);
  await client.kube.pods.create(podOf("idle", "setInterval(() => {}, 1000)"));
  await running("idle");
});

afterAll(async () => {
  await client.close();
  await namespace.delete();
});

describe("the client's exec on a real kubelet", () => {
  const node = (program: string, options = {}) => client.kube.pods.exec("idle", ["node", "-e", program], options);

  it.each([0, 1, 42, 255])("returns the command's exit code %i [M1] [M3]", async (code) => {
    expect(await node(`process.exitCode = ${code}`)).toEqual({ exitCode: code, stdout: "", stderr: "" });
  });

  it("keeps the two outputs separate, and writes all of standard input [M2]", async () => {
    const program = 'process.stdin.pipe(process.stdout); process.stdin.on("end", () => console.error("end"))';
    const stdin = "zwölf Boxkämpfer \u{1F94A}";
    expect(await node(program, { stdin })).toEqual({ exitCode: 0, stdout: stdin, stderr: "end\n" });
  });

  it("returns all of a large output [M4]", async () => {
    const { exitCode, stdout } = await node('process.stdout.write("x".repeat(5_000_000))');
    expect({ exitCode, length: stdout.length }).toEqual({ exitCode: 0, length: 5_000_000 });
  });

  it("reports a missing command as an error, not an exit code [M3]", async () => {
    await expect(client.kube.pods.exec("idle", ["/no/such/command"])).rejects.toThrow(/no such file|not found/);
  });

  it("reports a refused upgrade as the server's error [M6]", async () => {
    await expect(client.kube.pods.exec("no-such-pod", ["true"])).rejects.toMatchObject({
      code: 404,
      reason: "NotFound",
    });
  });

  it("needs the rights to get and to create, as on the server [K7]", async () => {
    const declared = { "pods/exec": ["get", "create"] } as const;
    await using both = await jobClientOf(namespace, "both", declared);
    expect(await both.kube.pods.exec("idle", ["node", "--version"])).toMatchObject({ exitCode: 0 });
    await using one = await jobClientOf(namespace, "one", declared, { granted: { "pods/exec": ["get"] } });
    await expect(one.kube.pods.exec("idle", ["node", "--version"])).rejects.toMatchObject({
      code: 403,
      hint: expect.stringContaining('"pods/exec"'),
    });
  });
});

describe("the client's attach on a real kubelet", () => {
  it("attaches to a process, writes all of standard input, and leaves its exit code to the pod's status [M2] [M3]", async () => {
    const program =
      'process.stdin.on("data", (part) => console.log("heard", String(part))).on("end", () => process.exit(3))';
    const { spec, ...pod } = podOf("listener", program);
    const [main] = spec?.containers ?? [];
    if (spec === undefined || main === undefined) throw new RangeError("the pod has no container");
    await client.kube.pods.create({
      ...pod,
      spec: { ...spec, containers: [{ ...main, stdin: true, stdinOnce: true }] },
    });
    await running("listener");
    expect(await client.kube.pods.attach("listener", { stdin: "zwölf" })).toEqual({
      stdout: "heard zwölf\n",
      stderr: "",
    });
    const ended = await client.kube.pods.waitFor("listener", ({ status }) => status.phase === "Failed", {
      timeout: PATIENCE,
    });
    expect(ended).toMatchObject({ status: { containerStatuses: [{ state: { terminated: { exitCode: 3 } } }] } });
  });
});

describe("the client's logs on a real kubelet", () => {
  it("follow a container to its end, with each line once and unchanged [L1] [L4]", async () => {
    const program = `let n = 0; const t = setInterval(() => {
      console.log(n === 3 ? "carriage\\rreturn \u{1F94A}" : "line " + n);
      if (++n === 8) { process.stdout.write("no end"); clearInterval(t); }
    }, 100);`;
    await client.kube.pods.create(podOf("talker", program));
    await client.kube.pods.waitFor("talker", ({ status }) => status.phase !== "Pending", { timeout: PATIENCE });
    const lines: string[] = [];
    for await (const line of client.kube.pods.logs("talker", { follow: true })) lines.push(line);
    const expected = Array.from({ length: 8 }, (_, n) => (n === 3 ? "carriage\rreturn \u{1F94A}" : `line ${n}`));
    expect(lines).toEqual([...expected, "no end"]);
    const last: string[] = [];
    for await (const line of client.kube.pods.logs("talker", { tail: 2 })) last.push(line);
    expect(last).toEqual(["line 7", "no end"]);
  });

  it("end when a crashing container ends, and include the previous instance [L5]", async () => {
    const { spec, ...pod } = podOf(
      "failing",
      'console.log("begin"); setTimeout(() => { console.log("end"); process.exit(1); }, 500)',
    );
    await client.kube.pods.create({ ...pod, spec: { ...(spec as { containers: [] }), restartPolicy: "Always" } });
    await client.kube.pods.waitFor("failing", ({ status }) => status.phase !== "Pending", { timeout: PATIENCE });
    const lines: string[] = [];
    for await (const line of client.kube.pods.logs("failing", { follow: true })) lines.push(line);
    // Kubernetes starts it again at once the first time: then its second run may have been followed as well.
    expect(lines).toEqual(lines.map((_line, index) => (index % 2 === 0 ? "begin" : "end")));
    expect(lines.slice(0, 2)).toEqual(["begin", "end"]);
    const wasRestarted = ({ status }: ObjectOf<"pods">) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0;
    await client.kube.pods.waitFor("failing", wasRestarted, { timeout: PATIENCE });
    const before: string[] = [];
    for await (const line of client.kube.pods.logs("failing", { previous: true })) before.push(line);
    expect(before).toEqual(["begin", "end"]);
  });

  it("return the server's message for a container that has not started [L6]", async () => {
    await client.kube.pods.create(podOf("waiting", "", "no-such-image.invalid/none:1"));
    const hasReason = ({ status }: ObjectOf<"pods">) => status?.containerStatuses?.[0]?.state?.waiting !== undefined;
    await client.kube.pods.waitFor("waiting", hasReason, { timeout: PATIENCE });
    const read = async () => {
      for await (const line of client.kube.pods.logs("waiting")) throw new Error(line);
    };
    await expect(read()).rejects.toMatchObject({ code: 400, message: expect.stringContaining("waiting to start") });
  });
});

describe("the client's evictions on a real server", () => {
  it("wait for the disruption budget, name it on timeout, and continue when it allows [I12]", async () => {
    await client.kube.pods.create(podOf("guarded", "setInterval(() => {}, 1000)"));
    await running("guarded");
    const selector = { matchLabels: { app: "guarded" } };
    const { poddisruptionbudgets, pods } = client.kube;
    await poddisruptionbudgets.create({ metadata: { name: "guard" }, spec: { minAvailable: 1, selector } });
    await poddisruptionbudgets.waitFor("guard", ({ status }) => status.currentHealthy === 1, { timeout: PATIENCE });
    await expect(pods.evict("guarded", { timeout: "5s" })).rejects.toMatchObject({
      reason: "WaitTimeout",
      message: expect.stringContaining("disruption budget"),
    });
    const evicted = pods.evict("guarded", { timeout: PATIENCE });
    await poddisruptionbudgets.patch("guard", { spec: { minAvailable: 0 } });
    expect(await evicted).toBe("evicted");
    await pods.waitForGone("guarded", { timeout: PATIENCE });
    expect(client.stats.throttledMs).toBe(0);
  });
});
