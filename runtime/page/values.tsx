import { cellOf, type Grid, gridOf, pairsOf, textOf } from "./grid.ts";

/** Bounds what one page shows of a value; the JSON has all of it. */
const ROWS_MAX = 200;

/** A value for people: a table, pairs, or JSON where it is neither. */
export function Value({ value, name }: { readonly value: unknown; readonly name: string }) {
  const grid = gridOf(value);
  const pairs = pairsOf(value);
  if (grid === undefined && pairs.length === 0) {
    return (
      <pre class="value" tabindex={0}>
        <bdi>{JSON.stringify(value, null, 2)}</bdi>
      </pre>
    );
  }
  return (
    <>
      {pairs.length === 0 ? null : <Pairs entries={pairs} />}
      {grid === undefined ? null : <GridTable grid={grid} name={name} />}
    </>
  );
}

/** Names and values, one a line. */
export function Pairs({ entries }: { readonly entries: readonly (readonly [string, unknown])[] }) {
  return (
    <dl class="pairs">
      {entries.map(([name, value]) => (
        <>
          <dt>
            <bdi>{name}</bdi>
          </dt>
          <dd>
            <bdi>{textOf(value)}</bdi>
          </dd>
        </>
      ))}
    </dl>
  );
}

function GridTable({ grid, name }: { readonly grid: Grid; readonly name: string }) {
  const { columns, rows } = grid;
  const numeric = new Set(columns.filter((column) => rows.every((row) => typeof cellOf(row, column) === "number")));
  return (
    <section class="scroll" tabindex={0} aria-label={name}>
      <table>
        <caption class="vh">{name}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col" class={numeric.has(column) ? "num" : undefined}>
                <bdi>{column}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, ROWS_MAX).map((row) => (
            <tr>
              {columns.map((column) => (
                <td class={numeric.has(column) ? "num" : undefined}>
                  <bdi>{textOf(cellOf(row, column))}</bdi>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > ROWS_MAX ? <p class="note">{rows.length - ROWS_MAX} more rows are in the JSON.</p> : null}
    </section>
  );
}
