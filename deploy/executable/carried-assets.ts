import { getAsset, getRawAsset } from "node:sea";
import type { CarriedFiles } from "./unpack.ts";

/** Names of the assets that an executable contains besides its first script. */
export const ASSETS = {
  /** The whole command line as one script. */
  commandLine: "command-line.cjs",
  /** V8's compiled form of it. */
  commandLineCache: "command-line.cache",
  contents: "contents.json",
  /** All files, one after the other; separate assets would take three times as long to read. */
  archive: "archive",
} as const;

/** The contents of `contents.json`. */
export interface Contents {
  readonly version: string;
  /** {@link CarriedFiles.name} */
  readonly name: string;
  /** Path and size of each file, in the order of the archive. */
  readonly files: readonly (readonly [path: string, bytes: number])[];
  readonly programs: readonly string[];
}

/** Reads the list of files in this executable. */
export function carriedContents(): Contents {
  return JSON.parse(getAsset(ASSETS.contents, "utf8")) as Contents;
}

/** The files of this executable. */
export function carriedFiles({ name, files, programs }: Contents): CarriedFiles {
  const archive = getRawAsset(ASSETS.archive);
  let offset = 0;
  const contents = new Map(
    files.map(([path, bytes]) => {
      const from = offset;
      offset += bytes;
      return [path, new Uint8Array(archive, from, bytes)];
    }),
  );
  return { name, contents, programs: new Set(programs) };
}
