import { LogTail } from "../../../runtime/run/output/log-tail.ts";
import { createStatusApp } from "../../../runtime/status/app.ts";
import type { Connection, StatusSource } from "../../../runtime/status/source.ts";
import { sampleReport } from "../run/report/sample-report.ts";

export const LOOPBACK: Connection = { localAddress: "127.0.0.1", remoteAddress: "127.0.0.1", host: "localhost:8080" };

/** What a pod tells of the sample run, whose log has three lines. */
export function sampleSource(more: Partial<StatusSource> = {}): StatusSource {
  const log = new LogTail();
  const line = (level: string, message: string) =>
    JSON.stringify({ time: "2026-03-01T06:00:00.000Z", level, message, pod: "web-1" });
  log.write(Buffer.from(`${line("info", "run begins")}\n${line("warn", "<b>slow</b>")}\nprinted\n`));
  return {
    report: () => sampleReport,
    metrics: () => [],
    log,
    ended: new AbortController().signal,
    streams: { open: 0 },
    openAddresses: [],
    memoryLimitBytes: () => 256 * 2 ** 20,
    ...more,
  };
}

/** Asks the endpoint's routes. */
export async function ask(
  path: string,
  { accept, ...init }: RequestInit & { readonly accept?: string } = {},
  source: StatusSource = sampleSource(),
  connection: Connection = LOOPBACK,
): Promise<Response> {
  const headers = { ...init.headers, ...(accept === undefined ? {} : { accept }) };
  return await createStatusApp(source).fetch(new Request(`http://pod${path}`, { ...init, headers }), connection);
}
