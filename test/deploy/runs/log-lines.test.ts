import { describe, expect, it } from "vitest";
import { textLines } from "../../../deploy/cluster/text-lines.ts";
import { logLines } from "../../../deploy/runs/log-lines.ts";
import type { KubeRequest, Send } from "../../../runtime/kube/requests/request.ts";

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

  it("gives a line of 32 MiB whole, in time that grows as the line does", async () => {
    const timeOf = async (chunks: number): Promise<number> => {
      const { send } = logServer([
        ...Array.from({ length: chunks }, () => Buffer.alloc(16_384, "x")),
        Buffer.from("\nend"),
      ]);
      const before = process.cpuUsage();
      expect((await read(logLines(send, pod))).map((line) => line.length)).toEqual([chunks * 16_384, 3]);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const quarter = await timeOf(512);
    // Four times as much; sixteen times as long it took when it was searched anew with each chunk. Beside it half a second, for what is collected meanwhile.
    expect(await timeOf(2_048)).toBeLessThan(8 * quarter + 500_000);
  });

  it("gives a line in parts when it is longer than anybody should hold", async () => {
    const parts = textLines(
      (async function* () {
        for (let chunk = 0; chunk < 4; chunk++) yield Buffer.from("abcdef");
        yield Buffer.from("\nlast");
      })(),
      10,
    );
    expect(await read(parts)).toEqual(["abcdefabcdef", "abcdefabcdef", "", "last"]);
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
