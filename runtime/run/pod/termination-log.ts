import { constants, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import type { ReportStore } from "./flight-recorder.ts";

/** The file that the kubelet makes the container's termination message of. */
export interface TerminationLog extends ReportStore {
  /** Leaves the last text without the spaces that `replace` may leave behind it. */
  finish(): void;
}

/**
 * Opens the termination log, which the kubelet has made and mounted. A shorter text is filled up with spaces to the length of what was there
 * instead of truncating the file first: one write replaces it all, and a kill between two calls cannot leave half of it. JSON ignores the spaces.
 *
 * @throws where the file cannot be opened for writing
 */
export function openTerminationLog(path: string): TerminationLog {
  // Neither read, which a pod may not, nor truncated: on some file systems that alone takes milliseconds.
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT);
  let bytes = fstatSync(file).size;
  let length = bytes;
  return {
    replace(text) {
      length = Buffer.byteLength(text);
      bytes = Math.max(bytes, length);
      writeSync(file, Buffer.from(text + " ".repeat(bytes - length)), 0, bytes, 0);
    },
    finish: () => {
      if (length < bytes) ftruncateSync(file, length);
    },
  };
}
