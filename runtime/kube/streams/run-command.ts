import { ApiError, type Status } from "../errors/api-error.ts";
import { requestText, TransportError } from "../errors/kube-error.ts";
import type { KubeRequest, KubeResponse, ResourceAttributes } from "../requests/request.ts";
import type { ExecOptions } from "../surface/call-options.ts";
import type { ExecResult } from "../surface/call-results.ts";
import { handshakeProblem, MessageSocket } from "./web-socket.ts";

/** https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apimachinery/pkg/util/remotecommand/constants.go */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, close: 255 } as const;

/** Maximum collected output, in bytes; a command with more needs `onStdout`. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
/** Maximum size of standard input in one message, in bytes. */
const STDIN_BYTES = 32 * 1024;

/**
 * Speaks the channel protocol over an upgraded connection until the command has ended and all its output is read.
 * @throws whatever a listener or the source of the input throws
 */
export async function runCommand(
  request: KubeRequest,
  response: KubeResponse,
  options: ExecOptions,
): Promise<ExecResult> {
  const { socket } = response;
  const problem = handshakeProblem(request, response);
  if (socket === undefined || problem !== undefined) {
    socket?.destroy();
    throw failure(request, problem ?? "the connection was not upgraded", "BAD_PROTOCOL", undefined);
  }
  const messages = new MessageSocket(socket);
  const abort = () => messages.close();
  let thrown: { readonly error: unknown } | undefined;
  const fail = (error: unknown) => {
    thrown ??= { error };
    messages.close();
  };
  options.signal?.addEventListener("abort", abort, { once: true });
  try {
    options.signal?.throwIfAborted();
    const output = new Output(options, fail);
    // The source may outlive the command.
    writeStdin(messages, options.stdin).catch(fail);
    await readAll(messages, output);
    options.signal?.throwIfAborted();
    if (thrown !== undefined) throw thrown.error;
    return { exitCode: exitCodeOf(output.status, request.attributes), stdout: output.stdout, stderr: output.stderr };
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (thrown !== undefined) throw thrown.error;
    if (!(cause instanceof Error) || "reason" in cause) throw cause;
    throw failure(request, cause.message, "BROKEN", cause);
  } finally {
    options.signal?.removeEventListener("abort", abort);
    messages.close();
  }
}

async function readAll(messages: MessageSocket, output: Output): Promise<void> {
  try {
    for await (const message of messages.messages()) output.take(message);
  } catch (error) {
    // After the command's status, nothing more is expected, so errors of the connection do not matter.
    if (output.status === "" || error instanceof RangeError) throw error;
  }
}

/** The data of the channels. */
class Output {
  readonly #options: ExecOptions;
  readonly #fail: (error: unknown) => void;
  readonly #stdout: Buffer[] = [];
  readonly #stderr: Buffer[] = [];
  readonly #status: Buffer[] = [];
  #bytes = 0;

  /** @param fail called with errors of the listeners */
  constructor(options: ExecOptions, fail: (error: unknown) => void) {
    this.#options = options;
    this.#fail = fail;
  }

  get stdout(): string {
    return Buffer.concat(this.#stdout).toString("utf8");
  }

  get stderr(): string {
    return Buffer.concat(this.#stderr).toString("utf8");
  }

  get status(): string {
    return Buffer.concat(this.#status).toString("utf8");
  }

  take(message: Buffer): void {
    const data = message.subarray(1);
    if (data.length === 0) return;
    if (message[0] === CHANNEL.stdout) this.#give(data, this.#options.onStdout, this.#stdout);
    else if (message[0] === CHANNEL.stderr) this.#give(data, this.#options.onStderr, this.#stderr);
    else if (message[0] === CHANNEL.error) this.#status.push(data);
  }

  #give(data: Buffer, listener: ((part: Uint8Array) => void) | undefined, kept: Buffer[]): void {
    if (listener !== undefined) {
      try {
        listener(data);
      } catch (error) {
        this.#fail(error);
        throw error;
      }
      return;
    }
    this.#bytes += data.length;
    if (this.#bytes > MAX_OUTPUT_BYTES) {
      throw new RangeError(`the command printed more than ${MAX_OUTPUT_BYTES} bytes: use onStdout`);
    }
    kept.push(data);
  }
}

async function writeStdin(messages: MessageSocket, stdin: ExecOptions["stdin"]): Promise<void> {
  if (stdin === undefined) return;
  if (typeof stdin === "string") await writePart(messages, Buffer.from(stdin));
  else if (stdin instanceof Uint8Array) await writePart(messages, stdin);
  else {
    for await (const part of stdin) {
      if (messages.isOver) return;
      await writePart(messages, part);
    }
  }
  await messages.send(Buffer.from([CHANNEL.close, CHANNEL.stdin]));
}

async function writePart(messages: MessageSocket, part: Uint8Array): Promise<void> {
  for (let start = 0; start < part.length; start += STDIN_BYTES) {
    const data = part.subarray(start, start + STDIN_BYTES);
    await messages.send(Buffer.concat([Buffer.from([CHANNEL.stdin]), data]));
  }
}

function failure(request: KubeRequest, problem: string, code: string, cause: unknown): TransportError {
  return new TransportError(`exec in "${request.attributes?.name}": ${problem}; the command may have run`, {
    code,
    sent: true,
    outcomeUnknown: true,
    attributes: request.attributes,
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * Reads a command's exit code from the server's error channel.
 * https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/client-go/tools/remotecommand/v4.go
 *
 * @param text a Status; empty if the connection ended before it arrived
 * @throws {ApiError} if the command could not be run
 * @throws {TransportError} if the exit code is unknown: it is never taken for 0
 */
export function exitCodeOf(text: string, attributes: ResourceAttributes | undefined): number {
  const status = parseStatus(text);
  const what = requestText(attributes, "exec");
  if (status === undefined) {
    throw new TransportError(`${what}: the connection ended before the exit code arrived`, {
      code: "UNKNOWN_EXIT",
      sent: true,
      outcomeUnknown: true,
      attributes,
    });
  }
  if (status.status === "Success") return 0;
  const cause = status.details?.causes?.find((one) => one.reason === "ExitCode");
  const code = Number(cause?.message);
  if (status.reason === "NonZeroExitCode" && Number.isInteger(code)) return code;
  const reason = status.reason || "InternalError";
  throw new ApiError(`${what}: ${reason}: ${status.message ?? ""}`, {
    code: status.code ?? 500,
    reason,
    details: status.details,
    serverMessage: status.message,
    attributes,
  });
}

function parseStatus(text: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // The kubelet omits the Status's kind here.
    return typeof value === "object" && value !== null && "status" in value ? (value as Status) : undefined;
  } catch {
    return undefined;
  }
}
