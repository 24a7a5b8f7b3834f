// Ways to print something, and ways to write it.
import { Console } from "node:console";
import fs from "node:fs";
import net from "node:net";
import { inspect, promisify } from "node:util";

type Sink = (part: Buffer) => unknown;

const file = (part: Buffer): unknown => fs.createWriteStream("", { fd: 1, autoClose: false }).write(part);

export const SINKS: Readonly<Record<string, Sink>> = {
  "console.log": (part) => console.log(part.toString()),
  "console.error": (part) => console.error(part.toString()),
  "another console": (part) => new Console(process.stdout, process.stderr).warn(part.toString()),
  "stdout.write": (part) => process.stdout.write(part),
  "stdout.write as hex": (part) => process.stdout.write(part.toString("hex"), "hex"),
  "stderr.write": (part) => process.stderr.write(part.toString("latin1"), "latin1"),
  "stdout._write": (part) => process.stdout._write(part, "buffer" as BufferEncoding, () => {}),
  "stdout._writev": (part) => process.stdout._writev?.([{ chunk: part, encoding: "utf8" }], () => {}),
  "stdout.cork": (part) => {
    process.stdout.cork();
    process.stdout.write(part.subarray(0, 3));
    process.stdout.write(part.subarray(3));
    process.stdout.uncork();
  },
  "stdout.end": (part) => process.stdout.end(part),
  "fs.writeSync": (part) => fs.writeSync(1, part),
  "fs.writeSync of a part": (part) => fs.writeSync(2, Buffer.concat([Buffer.from("##"), part]), 2, part.length),
  "fs.writeSync as hex": (part) => fs.writeSync(1, part.toString("hex"), null, "hex"),
  "fs.write": (part) => promisify(fs.write)(1, part, 0, part.length, null),
  "fs.writev": (part) => promisify(fs.writev)(2, [part.subarray(0, 2), part.subarray(2)]),
  "fs.writevSync": (part) => fs.writevSync(1, [part]),
  "fs.writeFileSync": (part) => fs.writeFileSync(1, part),
  "fs.appendFileSync": (part) => fs.appendFileSync(2, part),
  "fs.writeFile": (part) => promisify(fs.writeFile)(1, part),
  "fs.createWriteStream": file,
  "net.Socket": (part) => new net.Socket({ fd: 1, readable: false, writable: true }).write(part),
  _rawDebug: (part) => (process as unknown as { _rawDebug(text: string): void })._rawDebug(part.toString()),
  "a warning": (part) => process.emitWarning(part.toString()),
};

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const eachByte = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");

export const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  "as it is": (text) => text,
  JSON: (text) => JSON.stringify({ text }),
  "JSON in JSON in JSON": (text) => JSON.stringify(JSON.stringify({ deep: JSON.stringify([text]) })),
  "JSON in ASCII": (text) =>
    JSON.stringify(text).replace(/[^ -~]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`),
  "JSON with slashes escaped": (text) => JSON.stringify(text).replaceAll("/", "\\/"),
  inspected: (text) => inspect({ deep: { text } }),
  "a form": (text) => new URLSearchParams({ text }).toString(),
  "a URL": encodeURIComponent,
  "a URL in a URL": (text) => encodeURIComponent(encodeURIComponent(text).replace(/%../g, (one) => one.toLowerCase())),
  "each byte of a URL": eachByte,
  HTML: (text) =>
    text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll("'", "&#39;"),
  "base64 of user and password": (text) => `Basic ${base64(`user:${text}`)}`,
  "base64 at the second byte": (text) => base64(`x${text}.`),
  "base64url at the third byte": (text) => Buffer.from(`xy${text}`).toString("base64url"),
  "base64 of base64": (text) => base64(`-${base64(`u:${text}`)}`),
  "base64 of JSON": (text) => base64(JSON.stringify({ text })),
  "base64 in a URL": (text) => encodeURIComponent(base64(text)),
};

/** Those end a line, or themselves, with each piece. */
export const WHOLE_SINKS: readonly string[] = [
  "console.log",
  "console.error",
  "another console",
  "stdout.end",
  "_rawDebug",
  "a warning",
];

export interface Print {
  readonly sink: string;
  readonly encoding: string;
  /** Where it is cut into pieces, in hundredths of its length. */
  readonly cuts: readonly number[];
}
