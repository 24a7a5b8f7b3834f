import { SourceMap } from "node:module";

/** A line of a stack trace, with its origin. */
interface Line {
  readonly text: string;
  readonly of: "job" | "runtime" | "others";
}

/** The name of the bundle, which contains this file too. */
const OWN_FILE = import.meta.filename;

/**
 * Makes stack traces show the job's own files and lines, without the minified runtime.
 *
 * @param readMap returns the bundle's source map as JSON. Called for the first trace, which most runs do not need; if it throws, lines stay unmapped
 */
export function showJobLines(readMap: () => string): void {
  let map: SourceMap | undefined;
  let isMissing = false;

  function describe(frame: NodeJS.CallSite): Line {
    if (frame.getFileName() !== OWN_FILE) return { text: String(frame), of: "others" };
    try {
      if (!isMissing) map ??= new SourceMap(JSON.parse(readMap()) as ConstructorParameters<typeof SourceMap>[0]);
    } catch {
      isMissing = true;
    }
    const entry = map?.findEntry((frame.getLineNumber() ?? 1) - 1, (frame.getColumnNumber() ?? 1) - 1);
    if (entry === undefined || !("originalSource" in entry) || entry.originalSource === undefined)
      return { text: String(frame), of: "runtime" };
    const { originalSource, originalLine, originalColumn } = entry;
    return { text: `${originalSource}:${originalLine + 1}:${originalColumn + 1}`, of: "job" };
  }

  Error.prepareStackTrace = (error, frames) => {
    const lines = frames.map(describe);
    const shown = lines.some(({ of }) => of === "job") ? lines.filter(({ of }) => of !== "runtime") : lines;
    return [Error.prototype.toString.call(error), ...shown.map(({ text }) => `    at ${text}`)].join("\n");
  };
}
