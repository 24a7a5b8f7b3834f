import fs from "node:fs";
import { Writable } from "node:stream";
import type { Redactor } from "./redactor.ts";

/** How long to wait before retrying a write to a full pipe, in milliseconds. */
const FULL_PIPE_WAIT_MS = 5;
/** Maximum part of a write to search at once, in bytes, to bound memory. */
const PART_BYTES = 1 << 20;

/** Kept before a job can replace it. */
const { writeSync } = fs;

/** stdout or stderr. */
export interface Output {
  /** Writes a line without secrets; starts a new line first if needed. */
  writeLine(line: string): void;
  /** Writes the job's output with secrets redacted. Holds back what may be the beginning of a secret until more follows. */
  write(bytes: Uint8Array): void;
  /** Writes what is held back: nothing follows. */
  flush(): void;
}

/**
 * Opens an output.
 *
 * @param writeAll takes redacted bytes
 */
export function openOutput(writeAll: (bytes: Uint8Array) => void, redactor: Redactor): Output {
  let isLineBegun = false;
  let held: Buffer = Buffer.alloc(0);

  function writeClean(given: Buffer, isLast: boolean): void {
    const joined = held.length === 0 ? given : Buffer.concat([held, given]);
    const { clean, held: rest } = redactor.bytes(joined, isLast);
    held = Buffer.from(rest); // a copy: the writer may reuse its buffer
    if (clean.length === 0) return;
    isLineBegun = clean.at(-1) !== 0x0a;
    writeAll(clean);
  }

  const flush = (): void => writeClean(Buffer.alloc(0), true);

  return {
    flush,
    write: ({ buffer, byteOffset, byteLength }) => {
      const bytes = Buffer.from(buffer, byteOffset, byteLength);
      for (let from = 0; from < byteLength; from += PART_BYTES)
        writeClean(bytes.subarray(from, from + PART_BYTES), false);
    },
    writeLine: (line) => {
      flush();
      writeAll(Buffer.from(`${isLineBegun ? "\n" : ""}${line}\n`));
      isLineBegun = false;
    },
  };
}

/**
 * Creates a synchronous writer. A container's output is a pipe, for which Node's own streams are asynchronous: what they have buffered beyond the
 * pipe's 64 KiB is lost when the process exits or is killed.
 *
 * @param file 1 for stdout, 2 for stderr
 */
export function writerTo(file: 1 | 2): (bytes: Uint8Array) => void {
  return (bytes) => {
    let written = 0;
    while (written < bytes.length) {
      try {
        written += writeSync(file, bytes, written);
      } catch (error) {
        if (!isCode(error, "EAGAIN")) return; // the reader is gone (EPIPE), which must not affect the job
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_WAIT_MS);
      }
    }
  };
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** Properties and methods of terminal streams: size and cursor movement. */
const TERMINAL_PROPERTIES = ["isTTY", "columns", "rows"] as const;
const TERMINAL_METHODS = [
  "getColorDepth",
  "hasColors",
  "getWindowSize",
  "cursorTo",
  "moveCursor",
  "clearLine",
  "clearScreenDown",
] as const;

/**
 * Creates a stream that replaces Node's own, so that no code has the one without redaction. Like Node's, it accepts writes after its end, and is never
 * destroyed.
 *
 * @param terminal the terminal's stream, if any, whose properties it gets
 */
export function outputStream(file: 1 | 2, output: Output, terminal?: NodeJS.WriteStream): Writable {
  const write = (chunk: Uint8Array | string, encoding: BufferEncoding): void =>
    output.write(typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk);
  const stream: Writable = new Writable({
    write(chunk, encoding, callback) {
      write(chunk, encoding);
      callback();
    },
    writev(chunks, callback) {
      for (const { chunk, encoding } of chunks) write(chunk, encoding);
      callback();
    },
    destroy(error, callback) {
      callback(error);
      Reflect.get(stream, "_undestroy")?.call(stream);
    },
  });
  Object.assign(stream, { fd: file, _isStdio: true, destroySoon: stream.destroy });
  if (terminal?.isTTY !== true) return stream;
  for (const name of TERMINAL_PROPERTIES)
    Object.defineProperty(stream, name, { configurable: true, enumerable: true, get: () => terminal[name] });
  for (const name of TERMINAL_METHODS) Object.assign(stream, { [name]: terminal[name] });
  return stream;
}
