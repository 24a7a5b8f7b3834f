import { describe, expect, it } from "vitest";
import { logLines } from "../../../deploy/runs/log-lines.ts";
import type { KubeRequest, Send } from "../../../runtime/kube/request.ts";

function logServer(chunks: readonly Uint8Array[]): { send: Send; requests: KubeRequest[] } {
  const requests: KubeRequest[] = [];
  const body = {
    async *[Symbol.asyncIterator]() {
      yield* chunks;
    },
    text: () => Promise.resolve(""),
    dump: () => Promise.resolve(),
  };
  const send: Send = async (request) => {
    requests.push(request);
    return { status: 200, headers: {}, body };
  };
  return { send, requests };
}

async function read(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

const pod = { namespace: "shop", name: "sweep-0-x" };

describe("logLines", () => {
  it("gives whole lines when characters and lines are split over chunks", async () => {
    const bytes = Buffer.from("first ✓\nsecond\n\nlast");
    const chunks = Array.from(bytes, (byte) => new Uint8Array([byte]));
    const { send } = logServer(chunks);
    expect(await read(logLines(send, pod))).toEqual(["first ✓", "second", "", "last"]);
  });

  it("asks for the run's container, and to go on only when it is told to follow", async () => {
    const { send, requests } = logServer([]);
    await read(logLines(send, pod));
    await read(logLines(send, pod, { follow: true }));
    expect(requests.map(({ path, query, stream }) => ({ path, query, stream }))).toEqual([
      { path: "/api/v1/namespaces/shop/pods/sweep-0-x/log", query: [["container", "job"]], stream: true },
      {
        path: "/api/v1/namespaces/shop/pods/sweep-0-x/log",
        query: [
          ["container", "job"],
          ["follow", "true"],
        ],
        stream: true,
      },
    ]);
  });
});
