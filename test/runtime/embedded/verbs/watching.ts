import { request } from "node:https";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import type { EmbeddedCluster } from "../../../../runtime/embedded/embedded-cluster.ts";

/** One line of a watch. */
export interface WatchLine {
  readonly type: string;
  readonly object: { readonly metadata: Record<string, unknown>; readonly [field: string]: unknown };
}

/** Opens a watch, which ends with the test. @returns its lines, one after the other, as they come */
export async function watch(cluster: EmbeddedCluster, path: string): Promise<AsyncIterator<WatchLine>> {
  const headers = { authorization: `Bearer ${cluster.adminToken}` };
  const outgoing = request(`${cluster.url}${path}`, { ca: cluster.ca, headers, agent: false });
  onTestFinished(() => void outgoing.destroy());
  const incoming = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve);
    outgoing.once("error", reject);
    outgoing.end();
  });
  // The end of the test cuts it off in the middle.
  incoming.on("error", () => {});
  return parse(createInterface({ input: incoming }));
}

async function* parse(lines: AsyncIterable<string>): AsyncGenerator<WatchLine, undefined> {
  for await (const line of lines) yield JSON.parse(line);
  return undefined;
}

/** Type and name of the next lines. */
export async function next(lines: AsyncIterator<WatchLine>, count: number): Promise<string[]> {
  const seen: string[] = [];
  while (seen.length < count) {
    const { value, done } = await lines.next();
    if (done) break;
    seen.push(`${value.type} ${value.object.metadata.name ?? ""}`.trim());
  }
  return seen;
}
