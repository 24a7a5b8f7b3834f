import { createHash } from "node:crypto";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { handshakeHeaders } from "../../../../runtime/kube/requests/streams.ts";
import { runCommand } from "../../../../runtime/kube/streams/run-command.ts";
import { FrameReader, MessageSocket } from "../../../../runtime/kube/streams/web-socket.ts";
import { acceptExec, type ExecPeer, exited, SUCCESS } from "../server/exec-server.ts";
import { jobClient } from "../server/job-client.ts";
import { reset, type ScriptedServer, startScriptedServer, status } from "../server/scripted-server.ts";

const ACCESS = { "pods/exec": ["create", "get"] } as const;
const V5 = "v5.channel.k8s.io";

/** Serves exec connections with what a test says. */
function serve(
  server: ScriptedServer,
  act: (peer: ExecPeer) => void,
  protocol: string | undefined = V5,
): { targets: string[] } {
  const seen = { targets: [] as string[], headers: [] as unknown[] };
  server.onUpgrade((request, socket) => {
    seen.targets.push(request.url ?? "");
    act(acceptExec(request, socket, protocol));
  });
  return seen;
}

test("exec returns a command's output and exit code 0 if the server reports success [M2] [M3] [J7]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  const seen = serve(server, (peer) => {
    peer.say(1, "");
    peer.say(1, "one ");
    peer.say(2, "two");
    peer.say(77, "unknown");
    peer.say(1, "three");
    peer.say(3, SUCCESS);
    peer.close();
  });
  const result = await client.kube.pods.exec("web", ["sh", "-c", "echo a&b"], { container: "main" });
  expect(result).toEqual({ exitCode: 0, stdout: "one three", stderr: "two" });
  expect(seen.targets).toEqual([
    "/api/v1/namespaces/shop/pods/web/exec?command=sh&command=-c&command=echo%20a%26b&container=main&stdout=true&stderr=true",
  ]);
});

test.each([1, 42, 255])("exec returns exit code %i [M3]", async (code) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  serve(server, (peer) => {
    peer.say(3, exited(code));
    peer.close();
  });
  expect((await client.kube.pods.exec("web", ["false"])).exitCode).toBe(code);
});

test("exec throws the server's error if the command could not be run [M3]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  serve(server, (peer) => {
    peer.say(
      3,
      JSON.stringify({
        metadata: {},
        status: "Failure",
        reason: "InternalError",
        message: "no such file",
        code: 500,
      }),
    );
    peer.close();
  });
  await expect(client.kube.pods.exec("web", ["nope"])).rejects.toMatchObject({
    name: "ApiError",
    reason: "InternalError",
    message: expect.stringContaining("no such file"),
  });
});

test.each([
  ["closes", (peer: ExecPeer) => peer.close()],
  ["drops the connection", (peer: ExecPeer) => peer.drop()],
])("exec never reports success if the server %s without a status [M3]", async (_what, end) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  serve(server, (peer) => {
    peer.say(1, "said");
    end(peer);
  });
  await expect(client.kube.pods.exec("web", ["true"])).rejects.toMatchObject({
    name: "TransportError",
    outcomeUnknown: true,
  });
});

test("exec returns a received status even if the connection then breaks [M3]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  serve(server, (peer) => {
    peer.say(3, exited(7));
    setImmediate(() => peer.drop());
  });
  expect((await client.kube.pods.exec("web", ["x"])).exitCode).toBe(7);
});

test("exec returns all of a large output, even if the status arrives with it [M4]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  serve(server, (peer) => {
    for (let count = 0; count < 400; count += 1) peer.say(1, "x".repeat(10_000));
    peer.say(3, SUCCESS);
    // Nothing says in which order what was written at once arrives on two channels.
    peer.say(1, "end");
    peer.close();
  });
  expect((await client.kube.pods.exec("web", ["yes"])).stdout).toHaveLength(4_000_003);
});

test("exec writes standard input and then closes it [M2]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  serve(server, (peer) => {
    peer.onHeard(({ channel }) => {
      if (channel !== 255) return;
      const input = peer.heard.filter((one) => one.channel === 0).map(({ data }) => data);
      peer.say(1, Buffer.concat(input).subarray(-5));
      peer.say(2, String(Buffer.concat(input).length));
      peer.say(3, SUCCESS);
      peer.close();
    });
  });
  const stdin = `${"y".repeat(100_000)}-end.`;
  const result = await client.kube.pods.exec("web", ["cat"], { stdin });
  expect(result).toMatchObject({ stdout: "-end.", stderr: String(stdin.length) });
});

test("exec passes output to listeners instead of collecting it [M4]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  serve(server, (peer) => {
    peer.say(1, "out");
    peer.say(2, "err");
    peer.say(3, SUCCESS);
    peer.close();
  });
  const parts: string[] = [];
  const result = await client.kube.pods.exec("web", ["x"], {
    onStdout: (part) => parts.push(`1${Buffer.from(part)}`),
    onStderr: (part) => parts.push(`2${Buffer.from(part)}`),
  });
  expect(parts).toEqual(["1out", "2err"]);
  expect(result).toEqual({ exitCode: 0, stdout: "", stderr: "" });
});

async function* failing(error: Error) {
  yield Buffer.from("input");
  throw error;
}

const MINE = new Error("of the job itself");
const throwMine = () => {
  throw MINE;
};

test.each([
  ["a listener of its output", { onStdout: throwMine }],
  ["a listener of its errors", { onStderr: throwMine }],
  ["the source of its input", { stdin: failing(MINE) }],
])("exec rethrows what %s throws, and closes the connection [E10]", async (_what, options) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  const closed = new Promise<void>((resolve) =>
    server.onUpgrade((request, socket) => {
      const peer = acceptExec(request, socket, V5);
      socket.on("close", () => resolve());
      if ("stdin" in options) return;
      peer.say(1, "out");
      peer.say(2, "err");
    }),
  );
  await expect(client.kube.pods.exec("web", ["x"], options)).rejects.toBe(MINE);
  await closed;
});

test("exec rethrows a listener's error even after the command's status [E10]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  serve(server, (peer) => {
    peer.say(3, SUCCESS);
    peer.say(1, "out");
    peer.close();
  });
  await expect(client.kube.pods.exec("web", ["x"], { onStdout: throwMine })).rejects.toBe(MINE);
});

test.each([undefined, "v4.channel.k8s.io"])("exec refuses the protocol %s [M1]", async (protocol) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.onUpgrade((request, socket) => void acceptExec(request, socket, protocol));
  await expect(client.kube.pods.exec("web", ["x"])).rejects.toMatchObject({ code: "BAD_PROTOCOL" });
});

test("exec refuses text frames [M2]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  serve(server, (peer) => peer.frame(1, Buffer.from("text")));
  await expect(client.kube.pods.exec("web", ["x"])).rejects.toThrow("expected a binary message, got text");
});

test.each([
  [403, "Forbidden"],
  [404, "NotFound"],
  [400, "BadRequest"],
  [500, "InternalError"],
])("exec throws the server's %i %s as an ApiError, with the token only in a header [M6]", async (code, reason) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(status(code, reason, "the server's words"));
  await expect(client.kube.pods.exec("web", ["x"])).rejects.toMatchObject({ name: "ApiError", code, reason });
  expect(server.requests[0]?.headers.authorization).toBe("Bearer test-token");
  expect(server.requests[0]?.target).not.toContain("token");
  expect(server.requests).toHaveLength(1);
});

test("exec is not retried if its connection breaks after it was sent [M7]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.answer(reset);
  await expect(client.kube.pods.exec("web", ["x"])).rejects.toMatchObject({
    name: "TransportError",
    outcomeUnknown: true,
  });
  expect(server.requests).toHaveLength(1);
});

test("exec ends with the reason of its signal, and closes the connection [M7]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  const controller = new AbortController();
  const reason = new Error("enough");
  serve(server, (peer) => {
    peer.say(1, "begun");
  });
  const running = client.kube.pods.exec("web", ["sleep"], {
    signal: controller.signal,
    onStdout: () => controller.abort(reason),
  });
  await expect(running).rejects.toBe(reason);
});

test("exec ends with the reason of its signal if it aborts right after connecting [M7] [C6]", async () => {
  const request = { method: "GET", path: "/", query: [], headers: handshakeHeaders(V5) } as const;
  const accept = createHash("sha1").update(
    `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
  );
  const headers = { "sec-websocket-accept": accept.digest("base64"), "sec-websocket-protocol": V5 };
  const socket = new PassThrough();
  const body = { text: async () => "", dump: async () => {}, async *[Symbol.asyncIterator]() {} };
  const reason = new Error("enough");
  const running = runCommand(request, { status: 101, headers, body, socket }, { signal: AbortSignal.abort(reason) });
  await expect(running).rejects.toBe(reason);
  expect(socket.destroyed).toBe(true);
});

test("exec throws if the client is closed [C11]", async () => {
  await using server = await startScriptedServer();
  const client = jobClient(server, ACCESS);
  const begun = new Promise<void>((resolve) => {
    serve(server, () => resolve());
  });
  const running = client.kube.pods.exec("web", ["sleep"]);
  const end = expect(running).rejects.toMatchObject({ name: "TransportError", outcomeUnknown: true });
  await begun;
  // The answer to the handshake is on its way.
  await new Promise((resolve) => setImmediate(resolve));
  await client.close();
  await end;
});

test("exec needs get and create, which servers since 1.35 require [K7]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "pods/exec": ["create"] });
  await expect(client.kube.pods.exec("web", ["x"])).rejects.toMatchObject({
    name: "NotDeclaredError",
    hint: expect.stringContaining('"pods/exec": ["create", "get"]'),
  });
  expect(server.requests).toHaveLength(0);
});

test("attach joins a container's process, and does not take success for an exit code [M2] [M3]", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, { "pods/attach": ["create", "get"] });
  const seen = serve(server, (peer) => {
    peer.say(1, "said by the process");
    // Whatever the process ended with.
    peer.say(3, SUCCESS);
    peer.close();
  });
  expect(await client.kube.pods.attach("web", { container: "main" })).toEqual({
    stdout: "said by the process",
    stderr: "",
  });
  expect(seen.targets).toEqual(["/api/v1/namespaces/shop/pods/web/attach?container=main&stdout=true&stderr=true"]);
});

test("exec refuses an empty command before it sends anything", async () => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  await expect(client.kube.pods.exec("web", [])).rejects.toThrow("the command is empty");
});

test("MessageSocket answers pings, and gives up a silent peer [M5]", async () => {
  await using server = await startScriptedServer();
  const { createConnection } = await import("../../../../runtime/kube/pipeline/connection.ts");
  const connection = createConnection(server.config());
  let peer: ExecPeer | undefined;
  serve(server, (one) => {
    peer = one;
    one.frame(9, Buffer.from("hello"));
  });
  const response = await connection.send({
    method: "GET",
    path: "/exec",
    query: [],
    headers: { accept: "*/*", "sec-websocket-key": "a2V5", "sec-websocket-version": "13" },
    stream: true,
    upgrade: "websocket",
  });
  if (response.socket === undefined) throw new Error("the connection was not upgraded");
  const messages = new MessageSocket(response.socket, { pingMs: 50, deadMs: 500 });
  const reading = async () => {
    for await (const _message of messages.messages()) {
      // None comes.
    }
  };
  await expect(reading()).rejects.toThrow("the connection was silent for 0.5 s");
  expect(peer?.controls).toContain(0xa);
  expect(peer?.controls).toContain(0x9);
  await connection.close();
});

test("FrameReader assembles a message from any chunks, and refuses invalid frames", () => {
  const frame = Buffer.concat([Buffer.from([0x82, 126, 1, 0]), Buffer.alloc(256, 7)]);
  const reader = new FrameReader();
  const frames = [...frame].flatMap((byte) => [...reader.push(Buffer.from([byte]))]);
  expect(frames.map(({ payload }) => payload.length)).toEqual([256]);
  expect(() => [...new FrameReader().push(Buffer.from([0x82, 0x81, 0, 0, 0, 0, 0]))]).toThrow("masked");
  expect(() => [...new FrameReader().push(Buffer.from([0xc2, 0x01, 0]))]).toThrow("extension");
  const huge = Buffer.alloc(10);
  huge[0] = 0x82;
  huge[1] = 127;
  huge.writeBigUInt64BE(2n ** 40n, 2);
  expect(() => [...new FrameReader().push(huge)]).toThrow("too large");
});

test.each([
  ["proves nothing", ""],
  ["proves another handshake", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"],
])("exec refuses an upgrade that %s [M1]", async (_what, proof) => {
  await using server = await startScriptedServer();
  await using client = jobClient(server, ACCESS);
  server.onUpgrade((_request, socket) => {
    const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${proof}`;
    socket.on("error", () => {}).write(`${head}Sec-WebSocket-Protocol: ${V5}\r\n\r\n`);
  });
  await expect(client.kube.pods.exec("web", ["x"])).rejects.toMatchObject({
    code: "BAD_PROTOCOL",
    message: expect.stringContaining("is not from a WebSocket server"),
  });
});
