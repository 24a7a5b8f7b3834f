import { writeSync } from "node:fs";
import type { Redactor } from "./redactor.ts";

/** How long to wait for the reader of a full pipe before trying again, in milliseconds. */
const FULL_PIPE_WAIT_MS = 5;

/** One of the process's two outputs. */
export interface Output {
  /** Writes a whole line; whatever was written before without a line break gets one first. */
  writeLine(line: string): void;
  /** Writes what others print, without the run's secrets. */
  write(chunk: string | Uint8Array): void;
}

/**
 * Opens an output that has written when it returns. Node's own streams are asynchronous for pipes, which is what a container's output is: what
 * is left in their buffers is lost when the process exits or is killed, beyond the 64 KiB that a pipe holds.
 *
 * @param file 1 for stdout, 2 for stderr
 */
export function openOutput(file: 1 | 2, redactor: Redactor): Output {
  let isLineBegun = false;

  function write(chunk: string | Uint8Array): void {
    const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    if (text === "") return;
    isLineBegun = !text.endsWith("\n");
    writeAll(file, Buffer.from(redactor.text(text)));
  }

  return {
    write,
    writeLine: (line) => {
      writeAll(file, Buffer.from(`${isLineBegun ? "\n" : ""}${line}\n`));
      isLineBegun = false;
    },
  };
}

function writeAll(file: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(file, bytes, written);
    } catch (error) {
      if (!isCode(error, "EAGAIN")) return; // the reader is gone (EPIPE): a job's work does not depend on who reads its log
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_WAIT_MS);
    }
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/**
 * Sends what the job prints (console.log, or process.stdout itself) through an output of ours, so that it keeps its order among the log's
 * lines. The stream is made only when somebody asks for it: that takes Node some two milliseconds.
 */
export function divertStream(name: "stdout" | "stderr", output: Output): void {
  const original = Object.getOwnPropertyDescriptor(process, name);
  if (original?.get === undefined) return;
  const open = original.get;
  Object.defineProperty(process, name, {
    ...original,
    get: () => {
      Object.defineProperty(process, name, original);
      const stream: NodeJS.WriteStream = open.call(process);
      stream.write = (chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
        output.write(chunk);
        const callback = rest.find((value) => typeof value === "function");
        if (callback !== undefined) process.nextTick(callback);
        return true;
      };
      return stream;
    },
  });
}
