import { get, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { KubeClient } from "../../runtime/kube/connected-client.ts";
import { DEFAULT_STATUS_PORT } from "../../runtime/run/pod/environment.ts";
import type { Report } from "../../runtime/run/report/report.ts";
import { parseReport } from "./history/report-text.ts";

const ANSWER_LIMIT_MS = 5_000;
/** A report is some kilobytes; a result may be larger. */
const ANSWER_BYTES_MAX = 16 * 2 ** 20;

/**
 * Asks a running pod for its report so far. Its status endpoint answers over loopback only, so that reading it takes `pods/portforward`: this
 * forwards the port for the length of one request, as `kubectl port-forward` would.
 *
 * @throws {ApiError} where the API server refuses that, {Error} that says why there is no report
 */
export async function fetchLiveReport(
  client: KubeClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<Report> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error("it does not answer")), ANSWER_LIMIT_MS);
  try {
    const { pods } = client.kube.inNamespace(namespace);
    const connection = await pods.portForward(name, DEFAULT_STATUS_PORT, { signal: limit.signal });
    try {
      return await askForReport(connection);
    } finally {
      // The kubelet takes a second or two to say that the other side has closed.
      connection.destroy();
    }
  } finally {
    clearTimeout(timer);
  }
}

async function askForReport(connection: Duplex): Promise<Report> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ host: "localhost", path: "/status", createConnection: () => connection }, resolve).on("error", reject);
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`its answer is larger than ${ANSWER_BYTES_MAX} bytes`);
  }
  const report = parseReport(Buffer.concat(chunks).toString("utf8"));
  if (report === undefined) throw new Error(`it answered: ${response.statusCode} ${response.statusMessage}`);
  return report;
}

/** How often a running pod is asked how far it is, in milliseconds. */
const ASK_MS = 2_000;

type Ask = (pod: string) => Promise<Pick<Report, "progress">>;

/** Tells how far a run is, as its job says it by `progress`: its pod is asked, where the person may. */
export class ProgressFollower implements Disposable {
  readonly #ask: Ask;
  readonly #onProgress: (text: string) => void;
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;
  #pod: string | undefined;
  #said = "";

  /**
   * @param ask gives the report so far of a pod
   * @param onProgress told how far it is, whenever that is news
   * @param everyMs how often it is asked, in milliseconds. Default: 2 s
   */
  constructor(ask: Ask, onProgress: (text: string) => void, everyMs = ASK_MS) {
    this.#ask = ask;
    this.#onProgress = onProgress;
    this.#everyMs = everyMs;
  }

  follow(pod: string): void {
    if (this.#pod === pod) return;
    this.#pod = pod;
    clearTimeout(this.#timer);
    this.#lookLater(pod);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#pod = undefined;
  }

  /** What nobody waits for must not keep the process: a job that waits for nothing any more is found by that. */
  #lookLater(pod: string): void {
    this.#timer = setTimeout(() => this.#look(pod), this.#everyMs).unref();
  }

  async #look(pod: string): Promise<void> {
    try {
      const { progress } = await this.#ask(pod);
      if (this.#pod !== pod) return;
      const text = progress === undefined ? "" : `progress: ${JSON.stringify(progress)}`;
      if (text !== this.#said && text !== "") this.#onProgress(text);
      this.#said = text;
      this.#lookLater(pod);
    } catch {
      // A pod that has just ended, or a person who may not forward its port: its log says the rest.
    }
  }
}
