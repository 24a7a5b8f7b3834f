import { DEFAULT_STATUS_PORT } from "../../runtime/run/environment.ts";
import type { Report } from "../../runtime/run/report.ts";
import { loadKubeConfig, type TargetFlags } from "../cluster/kubeconfig.ts";
import { parseReport } from "../history/report-text.ts";

/** Channel 0 of a forwarded port is its data, channel 1 its errors; each begins with the port's number in two bytes. */
const DATA_CHANNEL = 0;
const PORT_BYTES = 2;
const ANSWER_LIMIT_MS = 5_000;
/** A report is some kilobytes; a result may be larger. */
const ANSWER_BYTES_MAX = 16 * 2 ** 20;

/**
 * Asks a running pod for its report so far. Its status endpoint answers over loopback only, so that reading it takes `pods/portforward`: this
 * forwards the port for the length of one request, as `kubectl port-forward` would.
 *
 * @throws {Error} that says why it cannot be asked
 */
export async function fetchLiveReport(
  flags: TargetFlags,
  pod: { readonly namespace: string; readonly name: string },
): Promise<Report> {
  const { WebSocketHandler } = await import("@kubernetes/client-node/dist/web-socket-handler.js");
  const handler = new WebSocketHandler(await loadKubeConfig(flags));
  const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/portforward?ports=${DEFAULT_STATUS_PORT}`;
  const answer = new ForwardedAnswer();
  const socket = await handler.connect(path, null, (channel, bytes) => answer.take(channel, bytes));
  const limit = setTimeout(() => socket.close(), ANSWER_LIMIT_MS);
  socket.onclose = () => answer.end();
  // HTTP/1.0: the answer ends with the connection, and comes in one piece.
  socket.send(
    Buffer.concat([Buffer.from([DATA_CHANNEL]), Buffer.from("GET /status HTTP/1.0\r\nhost: localhost\r\n\r\n")]),
  );
  const text = await answer.text;
  clearTimeout(limit);
  const report = parseReport(bodyOf(text));
  if (report !== undefined) return report;
  throw new Error(text === "" ? "it does not answer" : `it answered: ${text.split("\r\n")[0]}`);
}

/** Puts the data of one forwarded connection together. */
class ForwardedAnswer {
  readonly text: Promise<string>;
  readonly #chunks: Buffer[] = [];
  readonly #seen = new Set<number>();
  #bytes = 0;
  #resolve: (text: string) => void = () => {};

  constructor() {
    this.text = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** @returns false to close the connection */
  take(channel: number, bytes: Buffer): boolean {
    const data = this.#seen.has(channel) ? bytes : bytes.subarray(PORT_BYTES);
    this.#seen.add(channel);
    if (channel === DATA_CHANNEL) this.#chunks.push(data);
    this.#bytes += data.length;
    // The kubelet takes a second or two to say that the other side has closed.
    return this.#bytes <= ANSWER_BYTES_MAX && parseReport(bodyOf(this.#soFar())) === undefined;
  }

  end(): void {
    this.#resolve(this.#soFar());
  }

  #soFar(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}

function bodyOf(answer: string): string {
  const end = answer.indexOf("\r\n\r\n");
  return end < 0 ? "" : answer.slice(end + 4);
}
