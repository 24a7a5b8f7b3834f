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
