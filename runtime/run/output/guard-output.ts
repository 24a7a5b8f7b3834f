import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import type { Writable } from "node:stream";
import { format } from "node:util";
import { type Output, outputStream } from "./output.ts";

/** stdout and stderr, which may be the same. */
export interface Outputs {
  readonly stdout: Output;
  readonly stderr: Output;
}

const NAMES = ["stdout", "stderr"] as const;

/** A pod has no terminal, so the module for terminal streams is not loaded. */
export const SOCKETS = [
  [net, "Socket"],
  [net, "Stream"],
] as const;

type Call = (...args: unknown[]) => unknown;

/**
 * Redirects everything that this process prints to our outputs: console, process.stdout and stderr, writes to descriptors 1 and 2 by node:fs or a
 * socket, and Node's own messages. Protects against accidents, not intent: a child process has its own descriptors.
 *
 * @param terminals Node's own streams, if the job may see that they are a terminal; opened on first use, which takes Node two milliseconds
 * @param sockets the constructors that make a stream of a descriptor
 * @returns a function that restores the process's own outputs
 */
export function guardOutput(
  outputs: Outputs,
  terminals: Partial<Record<"stdout" | "stderr", NodeJS.WriteStream>> = {},
  sockets: readonly (readonly [owner: object, name: string])[] = SOCKETS,
): () => void {
  const streams: Partial<Record<"stdout" | "stderr", Writable>> = {};
  const streamOf = (name: "stdout" | "stderr"): Writable => {
    streams[name] ??= outputStream(name === "stdout" ? 1 : 2, outputs[name], terminals[name]);
    return streams[name];
  };
  const undo = [
    ...NAMES.map((name) =>
      replaceProperty(process, name, { configurable: true, enumerable: true, get: () => streamOf(name) }),
    ),
    replaceMethod(
      process,
      "_rawDebug",
      () =>
        (...args) =>
          outputs.stderr.write(Buffer.from(`${format(...args)}\n`)),
    ),
    replaceMethod(process, "binding", () => (name) => {
      throw new Error(`process.binding(${JSON.stringify(name)}) is not available to jobs`);
    }),
    ...guardFiles(outputs),
    ...sockets.map(([owner, name]) => replaceMethod(owner, name, (original) => guardSocket(original, streamOf))),
  ];
  syncBuiltinESMExports();
  return () => {
    for (const each of undo) each();
    syncBuiltinESMExports();
  };
}

/** All functions of node:fs that write to a descriptor; its streams and `appendFile` call these. */
function guardFiles(outputs: Outputs): (() => void)[] {
  /** @returns the number of bytes; undefined for another file, and for arguments that Node itself will refuse */
  const write = (file: unknown, data: unknown, ...where: unknown[]): number | undefined => {
    const output = file === 1 ? outputs.stdout : file === 2 ? outputs.stderr : undefined;
    const bytes = output && bytesOf(data, where);
    if (bytes !== undefined) output?.write(bytes);
    return bytes?.length;
  };
  /** @param tells returns the number of bytes, as all but `writeFile` do */
  const sync =
    (tells: boolean) =>
    (original: Call): Call =>
    (file, data, ...where) => {
      const written = write(file, data, ...where);
      return written === undefined ? original(file, data, ...where) : tells ? written : undefined;
    };
  const later =
    (tells: boolean) =>
    (original: Call): Call =>
    (file, data, ...rest) => {
      const callback = rest.at(-1);
      const written = isCallback(callback) ? write(file, data, ...rest.slice(0, -1)) : undefined;
      if (!isCallback(callback) || written === undefined) return original(file, data, ...rest);
      process.nextTick(callback, null, ...(tells ? [written, data] : []));
    };
  return [
    ...["writeSync", "writevSync"].map((name) => replaceMethod(fs, name, sync(true))),
    ...["write", "writev"].map((name) => replaceMethod(fs, name, later(true))),
    replaceMethod(fs, "writeFileSync", sync(false)),
    replaceMethod(fs, "writeFile", later(false)),
  ];
}

function isCallback(value: unknown): value is Call {
  return typeof value === "function";
}

/** The data to write: text with an encoding, bytes or a part of them, or several buffers. */
function bytesOf(data: unknown, where: readonly unknown[]): Uint8Array | undefined {
  if (typeof data === "string")
    return Buffer.from(
      data,
      where.map(encodingOf).find((encoding) => encoding !== undefined),
    );
  if (Array.isArray(data)) return data.every(ArrayBuffer.isView) ? Buffer.concat(data.map(asBytes)) : undefined;
  if (!ArrayBuffer.isView(data)) return undefined;
  const [first] = where;
  const options: { readonly offset?: unknown; readonly length?: unknown } =
    typeof first === "object" && first !== null ? first : { offset: first, length: where[1] };
  const { offset = 0, length } = options;
  const bytes = asBytes(data);
  const from = Number(offset ?? 0);
  const count = typeof length === "number" ? length : bytes.length - from;
  const isInside =
    Number.isInteger(from) && from >= 0 && Number.isInteger(count) && count >= 0 && from + count <= bytes.length;
  return isInside ? bytes.subarray(from, from + count) : undefined;
}

function asBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

function encodingOf(value: unknown): BufferEncoding | undefined {
  const named = typeof value === "object" && value !== null && "encoding" in value ? value.encoding : value;
  return typeof named === "string" && Buffer.isEncoding(named) ? named : undefined;
}

/** Returns the process's stream instead of a socket for descriptor 1 or 2. */
function guardSocket(original: Call, streamOf: (name: "stdout" | "stderr") => Writable): Call {
  const own = ([options]: readonly unknown[]): Writable | undefined => {
    const file = typeof options === "object" && options !== null && "fd" in options ? options.fd : options;
    return file === 1 ? streamOf("stdout") : file === 2 ? streamOf("stderr") : undefined;
  };
  return new Proxy(original, {
    apply: (target, self, args) => own(args) ?? Reflect.apply(target, self, args),
    construct: (target, args, newTarget) => own(args) ?? Reflect.construct(target, args, newTarget),
  });
}

/** @returns restores the original */
function replaceProperty(owner: object, name: string, property: PropertyDescriptor): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  if (before === undefined) return () => {};
  Object.defineProperty(owner, name, property);
  return () => void Object.defineProperty(owner, name, before);
}

/** Keeps the function's properties, such as its util.promisify variant. */
function replaceMethod(owner: object, name: string, make: (original: Call) => Call): () => void {
  const original: Call | undefined = Reflect.get(owner, name);
  if (original === undefined) return () => {};
  const value = make(original);
  Object.defineProperties(value, Object.getOwnPropertyDescriptors(original));
  return replaceProperty(owner, name, { configurable: true, enumerable: true, writable: true, value });
}
