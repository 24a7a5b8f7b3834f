import { get } from "node:http";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { acceptExec, type ExecPeer } from "../server/exec-server.ts";
import { jobClient } from "../server/job-client.ts";
import { type ScriptedServer, startScriptedServer, status } from "../server/scripted-server.ts";

const ACCESS = { "pods/portforward": ["create", "get"] } as const;
const V4 = "v4.channel.k8s.io";
/** Port 8080 in two bytes: what each channel begins with. */
const PORT = Buffer.from([0x90, 0x1f]);

/** Serves forwarded ports as a kubelet does, with what a test says. */
function serve(server: ScriptedServer, act: (peer: ExecPeer) => void, protocol: string | undefined = V4): string[] {
  const targets: string[] = [];
  server.onUpgrade((request, socket) => {
    targets.push(request.url ?? "");
    const peer = acceptExec(request, socket, protocol);
    peer.say(0, PORT);
    peer.say(1, PORT);
    act(peer);
  });
  return targets;
}

function heardBy(peer: ExecPeer): Buffer {
  return Buffer.concat(peer.heard.filter(({ channel }) => channel === 0).map(({ data }) => data));
}

test("portForward carries bytes in both directions until the pod closes", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  const targets = serve(server, (peer) => {
    peer.onHeard(() => {
      if (heardBy(peer).length < 100_005) return;
      peer.say(0, heardBy(peer).subarray(-5));
      peer.say(0, "");
      peer.say(0, " done");
      peer.close();
    });
  });
  const stream = await client.kube.pods.portForward("web", 8080);
  stream.write(`${"y".repeat(100_000)}-end.`);
  expect(await text(stream)).toBe("-end. done");
  expect(targets).toEqual(["/api/v1/namespaces/shop/pods/web/portforward?ports=8080"]);
});

test("portForward carries a request of node:http", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  serve(server, (peer) => {
    peer.onHeard(() => {
      if (!heardBy(peer).includes("\r\n\r\n")) return;
      peer.say(0, `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n`);
      peer.say(0, "ok");
    });
  });
  const connection = await client.kube.pods.portForward("web", 8080);
  const answer = await new Promise<string>((resolve, reject) => {
    get({ path: "/metrics", createConnection: () => connection }, (response) => resolve(text(response))).on(
      "error",
      reject,
    );
  });
  connection.destroy();
  expect(answer).toBe("ok");
});

test("portForward fails with the server's message if nothing listens on the port", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  serve(server, (peer) => {
    peer.say(1, "connection refused\n");
    peer.close();
  });
  await expect(text(await client.kube.pods.portForward("web", 8080))).rejects.toMatchObject({
    name: "ApiError",
    message: 'create pods/portforward "web" in namespace "shop": port 8080: connection refused',
  });
});

test("portForward fails if its connection breaks, rather than ending", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  serve(server, (peer) => {
    peer.say(0, "half");
    setImmediate(() => peer.drop());
  });
  await expect(text(await client.kube.pods.portForward("web", 8080))).rejects.toMatchObject({
    name: "TransportError",
    code: "BROKEN",
  });
});

test("portForward ends with its signal's reason, and closes the connection", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  const gone = new Promise<void>((resolve) =>
    server.onUpgrade((request, socket) => {
      acceptExec(request, socket, V4);
      socket.on("close", () => resolve());
    }),
  );
  const controller = new AbortController();
  const stream = await client.kube.pods.portForward("web", 8080, { signal: controller.signal });
  const reason = new Error("enough");
  const reading = text(stream);
  controller.abort(reason);
  await expect(reading).rejects.toBe(reason);
  await gone;
});

test("portForward buffers little for a slow reader", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  const part = Buffer.alloc(32_000, "x");
  const parts = 2_000;
  serve(server, (peer) => {
    for (let count = 0; count < parts; count += 1) peer.say(0, part);
    peer.close();
  });
  const stream = await client.kube.pods.portForward("web", 8080);
  let bytes = 0;
  let mostHeld = 0;
  for await (const chunk of stream) {
    mostHeld = Math.max(mostHeld, stream.readableLength);
    bytes += (chunk as Buffer).length;
  }
  expect(bytes).toBe(part.length * parts);
  expect(mostHeld).toBeLessThan(4 * part.length);
});

test.each([0, 65_536, 1.5, Number.NaN])("portForward refuses port %s before anything is sent", async (port) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  await expect(client.kube.pods.portForward("web", port)).rejects.toThrow("is not a port");
  expect(server.connections).toBe(0);
});

test("portForward refuses another protocol", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  serve(server, () => {}, "v5.channel.k8s.io");
  await expect(client.kube.pods.portForward("web", 8080)).rejects.toMatchObject({ code: "BAD_PROTOCOL" });
});

test("portForward throws the server's refusal as an ApiError", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(status(404, "NotFound", "no such pod"));
  await expect(client.kube.pods.portForward("web", 8080)).rejects.toMatchObject({ reason: "NotFound" });
});

test("portForward is refused in a dry run, and without declaration", async () => {
  await using server = await startScriptedServer();
  await using dry = jobClient(server, ACCESS, { dryRun: true });
  await expect(dry.kube.pods.portForward("web", 8080)).rejects.toMatchObject({ reason: "NoDryRun" });
  const rules = { rules: [] };
  await using without = jobClient(server, ACCESS, rules);
  await using half = jobClient(server, { "pods/portforward": ["create"] } as const);
  expect(() => without.kube.pods.portForward("web", 8080)).toThrow("access does not declare it");
  await expect(half.kube.pods.portForward("web", 8080)).rejects.toMatchObject({ reason: "NotDeclared" });
  expect(server.connections).toBe(0);
});
