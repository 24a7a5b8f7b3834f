import { decodeVlq, encodeVlq } from "./vlq.ts";

/** A source map, as esbuild writes it and Node reads it. https://tc39.es/ecma426/ */
export interface SourceMap {
  readonly version: number;
  readonly sources: readonly string[];
  readonly names: readonly string[];
  readonly mappings: string;
}

/** A place in the module and where it came from; without a source where the job's own code ends. */
interface Segment {
  readonly column: number;
  readonly origin?: { readonly source: number; readonly line: number; readonly column: number } | undefined;
}

/**
 * Cuts a bundle's source map down to the job's own files, so that the stack traces of a run name its lines at the cost of one or two kilobytes.
 *
 * @param rename gives the name that traces show for a source; undefined for one that is not the job's own
 */
export function jobSourceMap(map: SourceMap, rename: (source: string) => string | undefined): SourceMap {
  const kept: string[] = [];
  const newIndex = map.sources.map((source) => {
    const name = rename(source);
    return name === undefined ? undefined : kept.push(name) - 1;
  });
  const lines = readLines(map.mappings).map((segments) =>
    segments.map(({ column, origin }): Segment => {
      const source = origin === undefined ? undefined : newIndex[origin.source];
      return source === undefined || origin === undefined ? { column } : { column, origin: { ...origin, source } };
    }),
  );
  return { version: 3, sources: kept, names: [], mappings: writeLines(withoutRepeatedGaps(lines)) };
}

/** Of all that is not the job's own, only where it begins matters; a look-up takes the last segment before a place, on whichever line that is. */
function withoutRepeatedGaps(lines: readonly (readonly Segment[])[]): Segment[][] {
  let isInJob = false;
  return lines.map((segments) =>
    segments.filter(({ origin }) => {
      const isKept = origin !== undefined || isInJob;
      isInJob = origin !== undefined;
      return isKept;
    }),
  );
}

function readLines(mappings: string): Segment[][] {
  const last = { source: 0, line: 0, column: 0 };
  return mappings.split(";").map((line) => {
    let column = 0;
    if (line === "") return [];
    return line.split(",").map((segment) => {
      const [columnDelta = 0, source, originLine = 0, originColumn = 0] = decodeVlq(segment);
      column += columnDelta;
      if (source === undefined) return { column };
      last.source += source;
      last.line += originLine;
      last.column += originColumn;
      return { column, origin: { ...last } };
    });
  });
}

function writeLines(lines: readonly (readonly Segment[])[]): string {
  let last = { source: 0, line: 0, column: 0 };
  const texts = lines.map((segments) => {
    let lastColumn = 0;
    return segments
      .map(({ column, origin }) => {
        const columnDelta = column - lastColumn;
        lastColumn = column;
        if (origin === undefined) return encodeVlq([columnDelta]);
        const delta = [origin.source - last.source, origin.line - last.line, origin.column - last.column];
        last = origin;
        return encodeVlq([columnDelta, ...delta]);
      })
      .join(",");
  });
  // Node reads a segment without a source as one only where a separator follows it.
  return texts.join(";").replace(/;*$/, ";");
}
