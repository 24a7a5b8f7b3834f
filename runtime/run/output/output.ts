import fs from "node:fs";
import { Writable } from "node:stream";
import type { Redactor } from "./redactor.ts";

/** How long to wait for the reader of a full pipe before trying again, in milliseconds. */
const FULL_PIPE_WAIT_MS = 5;
/** A single write is searched in parts of this many bytes, which bounds the memory it takes. */
const PART_BYTES = 1 << 20;

/** As it was before any job could replace it. */
const { writeSync } = fs;

/** One of the process's two outputs. */
export interface Output {
  /** Writes a whole line that holds no secrets; if what was written before did not end with a line break, it gets one first. */
  writeLine(line: string): void;
  /** Writes what others print, without the run's secrets. What may be the beginning of a secret waits for what follows. */
  write(bytes: Uint8Array): void;
  /** Writes what is still waiting: nothing follows. */
  flush(): void;
}

/**
 * Opens an output.
 *
 * @param writeAll takes bytes that hold no secrets
 */
export function openOutput(writeAll: (bytes: Uint8Array) => void, redactor: Redactor): Output {
  let isLineBegun = false;
  let held: Buffer = Buffer.alloc(0);

  function writeClean(given: Buffer, isLast: boolean): void {
    const joined = held.length === 0 ? given : Buffer.concat([held, given]);
    const { clean, held: rest } = redactor.bytes(joined, isLast);
    held = Buffer.from(rest); // a copy: the bytes are their writer's, who may use them again
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
 * Creates a writer that has written when it returns. Node's own streams are asynchronous for pipes, which is what a container's output is: whatever
 * is left in their buffers beyond the 64 KiB that a pipe holds is lost when the process exits or is killed.
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
        if (!isCode(error, "EAGAIN")) return; // the reader is gone (EPIPE): a job's work does not depend on who reads its log
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_WAIT_MS);
      }
    }
  };
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** What a terminal's stream has besides: how it looks, and how its cursor is moved. */
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
 * Creates a stream that writes to an output, in place of Node's own, so that nobody holds the one that would let secrets through. Like that one, it can be written to after its
 * end, and is never destroyed.
 *
 * @param terminal whose properties it has, where there is one
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
