import { type IncomingMessage, request } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { IncidentPage } from "../../source/incidents.ts";
import {
  type JobDetail,
  type JobPage,
  LogGone,
  type LogLines,
  type RunDetail,
  type RunPage,
  type RunSource,
} from "../../source/run-source.ts";
import { CommandError, TRY_LATER_EXIT_CODE, UsageError } from "../../terminal/command-error.ts";
import { ACTION_HEADER, type HubOptions, NOTE_HEADER, RESEND_PATH } from "./hub-options.ts";

/** A page that follows looks again so often, in milliseconds. */
const LOOK_MS = 5_000;
/** The whole answer; a run with its report may be some megabytes. */
const ANSWER_BYTES_MAX = 64 * 2 ** 20;

/** Asks a hub. @param connect opens a connection to its port, such as one that the API server forwards */
export type AskHub = (path: string, accept?: string, method?: "GET" | "POST") => Promise<IncomingMessage>;

/** Asks over connections of one request each. */
export function askOver(connect: () => Promise<Duplex>): AskHub {
  return async (path, accept = "application/json", method = "GET") => {
    const connection = await connect();
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const options = {
        host: "localhost",
        path,
        method,
        headers: { accept, ...(method === "POST" ? { [ACTION_HEADER]: "yes" } : {}) },
        createConnection: () => connection,
      };
      const asked = request(options, (response) => {
        // The kubelet takes a second or two to say that the other side has closed.
        response.once("close", () => connection.destroy());
        resolve(response);
      });
      asked.on("error", (error) => {
        connection.destroy();
        reject(error);
      });
      asked.end();
    });
  };
}

/** The jobs and runs that a hub has kept, read from its answers. @param namespace undefined: all that it watches */
export function hubSource(ask: AskHub, namespace: string | undefined): RunSource {
  const read = async <T>(path: string, query: Readonly<Record<string, object>>): Promise<T> => {
    const { text } = await answer(path, query);
    return JSON.parse(text) as T;
  };
  const answer = (
    path: string,
    query: Readonly<Record<string, object>>,
    texts: Readonly<Record<string, string>> = {},
  ) => {
    const pairs = Object.entries(query).map(([name, value]) => [name, JSON.stringify(value)]);
    const place = namespace === undefined ? [] : [["namespace", namespace]];
    return answerOf(ask, `${path}?${new URLSearchParams([...pairs, ...place, ...Object.entries(texts)])}`);
  };
  return {
    place: { context: "hub", isArchive: true, ...(namespace === undefined ? {} : { namespace }) },
    jobs: (filter) => read<JobPage>("/api/jobs", { filter }),
    async job(which) {
      return (await read<JobDetail | null>("/api/job", { which })) ?? undefined;
    },
    runs: (filter) => read<RunPage>("/api/runs", { filter }),
    async run(which) {
      return (await read<RunDetail | null>("/api/run", { which })) ?? undefined;
    },
    async log(which, options = {}): Promise<LogLines | undefined> {
      const { signal: _signal, follow: _follow, ...given } = options;
      const { text, status, note } = await answer("/api/log", { which, options: given });
      if (status === 204) return undefined;
      const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
      return { lines: each(lines), ...(note === undefined ? {} : { note }) };
    },
    async unknown(place, name) {
      try {
        await answer("/api/unknown", {}, { place, name });
      } catch (error) {
        if (error instanceof CommandError) return error;
        throw error;
      }
      return new UsageError(`The hub knows neither a job nor a run "${name}" in namespace "${place}"`);
    },
    async *changes(signal) {
      for (;;) {
        await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
        if (signal.aborted) return;
        yield;
      }
    },
  };
}

/** How a hub says that it is. */
export interface HubHealth {
  readonly options: HubOptions;
  /** RFC 3339, as are the others. */
  readonly readyAt: string;
  readonly cameAt: string;
  /** When it last saw all of the cluster. */
  readonly seenAt: string;
  readonly runs: number;
  readonly jobs: number;
  readonly gaps: number;
  readonly bytes: number;
  readonly memoryBytes: number;
}

/** @throws {CommandError} where it has not seen everything yet */
export async function hubHealth(ask: AskHub): Promise<HubHealth> {
  const response = await ask("/healthz");
  const text = await textOf(response);
  if (response.statusCode === 200) return JSON.parse(text) as HubHealth;
  throw new CommandError("The hub has not seen everything that is there yet", {
    hint: "Ask again in some seconds.",
    exitCode: TRY_LATER_EXIT_CODE,
  });
}

/** What is wrong, and what was. @throws {CommandError} where the hub cannot say */
export async function hubIncidents(ask: AskHub): Promise<IncidentPage> {
  return JSON.parse((await answerOf(ask, "/incidents?format=json")).text) as IncidentPage;
}

/** Has messages of an id sent again that did not arrive. @returns how many, and why none where the hub says so */
export async function resendMessage(ask: AskHub, id: string): Promise<{ resent: number; why?: string }> {
  const response = await ask(`${RESEND_PATH}?${new URLSearchParams({ id })}`, "application/json", "POST");
  const text = await textOf(response);
  if (response.statusCode !== 200) throw new CommandError(`The hub answered ${response.statusCode}`);
  return JSON.parse(text) as { resent: number; why?: string };
}

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

async function answerOf(ask: AskHub, path: string) {
  const response = await ask(path);
  const text = await textOf(response);
  const { statusCode: status = 0, headers } = response;
  if (status === 200 || status === 204) {
    const note = headers[NOTE_HEADER];
    return { text, status, ...(typeof note === "string" ? { note: decodeURIComponent(note) } : {}) };
  }
  const problem = problemIn(text);
  if (status !== 422 || problem === undefined) {
    throw new CommandError(`The hub answered ${status}: ${problem?.message ?? text.slice(0, 200).trim()}`, {
      hint: "See how it is: errand hub status",
    });
  }
  const { kind, message, hint } = problem;
  throw kind === "LogGone" ? new LogGone(message, hint) : new UsageError(message, hint === undefined ? {} : { hint });
}

function problemIn(
  text: string,
): { readonly kind?: string; readonly message: string; readonly hint?: string } | undefined {
  try {
    return JSON.parse(text) as { message: string };
  } catch {
    return undefined;
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new CommandError(`The hub's answer is larger than ${ANSWER_BYTES_MAX} bytes`);
  }
  return Buffer.concat(chunks).toString("utf8");
}
