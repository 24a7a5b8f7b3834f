import type { KubeClient } from "../../../runtime/kube/connected-client.ts";
import { ApiError } from "../../../runtime/kube/errors/api-error.ts";
import type { Report } from "../../../runtime/run/report/report.ts";
import { parseReport } from "../../runs/history/report-text.ts";
import type { PodObject } from "../../runs/history/run-objects.ts";
import { type KeptLog, LogTail } from "../archive/kept-log.ts";

/** A report in a line longer than this is not read whole: the termination message then has a shorter one. In characters. */
const REPORT_LENGTH_MAX = 2 * 2 ** 20;
/** Longer lines than this end the reading, in bytes. */
const LINE_BYTES_MAX = 16 * 2 ** 20;
/** A pod that is being ended has 30 s by default, and its log ends with it. */
const FOLLOW_MS = 120_000;

/** What the log of an attempt says. */
export interface ReadLog {
  readonly log: KeptLog;
  /** The report in its last line, where there is one; whose it is has to be looked at. */
  readonly report?: Report;
}

/**
 * Reads the log of a pod to its end.
 *
 * @param follow true for a pod that is about to end and to go: its log goes with it
 * @throws {KubeError} where the API server cannot be reached; where it only says that there is no log, that is what the log says
 */
export async function readPodLog(
  client: KubeClient,
  pod: PodObject,
  container: string,
  follow: boolean,
  signal: AbortSignal,
): Promise<ReadLog> {
  const { namespace = "", name } = pod.metadata;
  const tail = new LogTail();
  let last: Report | undefined;
  const limit = follow ? AbortSignal.any([signal, AbortSignal.timeout(FOLLOW_MS)]) : signal;
  const options = { container, follow, signal: limit, maxLineBytes: LINE_BYTES_MAX };
  let problem: string | undefined;
  try {
    for await (const line of client.kube.inNamespace(namespace).pods.logs(name, options)) {
      tail.add(line);
      last = line.length <= REPORT_LENGTH_MAX ? (parseReport(line) ?? last) : last;
    }
  } catch (error) {
    if (signal.aborted) throw error;
    const isAnswer = error instanceof ApiError || limit.aborted || tail.size > 0;
    if (!isAnswer) throw error;
    problem = limit.aborted ? "it did not end in time" : error instanceof Error ? error.message : String(error);
  }
  return { log: tail.end(problem), ...(last === undefined ? {} : { report: last }) };
}
