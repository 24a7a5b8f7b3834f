import { UsageError } from "../../terminal/command-error.ts";
import { findCurrent, type Revision } from "./revision.ts";

/** As many digits of a revision as tell it from others, and no fewer. */
const SHORTEST_PREFIX = 4;

/**
 * Chooses the revision to go back to.
 *
 * @param revisions the last deployed first
 * @param current the deployed code
 * @param wanted a revision, or enough of its first digits, or one with the number of its set; undefined: what was deployed before
 * @param noRecord the hint where nothing was recorded
 * @throws {CommandError} where there is none
 */
export function chooseRevision(
  revisions: readonly Revision[],
  current: string,
  wanted: string | undefined,
  noRecord?: string,
): Revision {
  const hint = noRecord ?? listing(revisions);
  const deployed = findCurrent(revisions, current);
  const found = wanted === undefined ? previousOf(revisions, deployed) : findWanted(revisions, wanted);
  if (found === undefined) {
    throw wanted === undefined
      ? new UsageError("There is no other revision to roll back to", { hint })
      : new UsageError(`There is no revision "${wanted}"`, { hint });
  }
  if (found === deployed) throw new UsageError(`Revision ${found.name} is already deployed`, { hint });
  return found;
}

/** Where the deployed code is none of them, it was applied in another way, or its ConfigMap is gone: then the last of them was before it. */
function previousOf(revisions: readonly Revision[], deployed: Revision | undefined): Revision | undefined {
  return revisions[deployed === undefined ? 0 : revisions.indexOf(deployed) + 1];
}

/** With a number the very set; without one the last deployed of the only code that begins so. */
function findWanted(revisions: readonly Revision[], wanted: string): Revision | undefined {
  const [digits = "", number] = wanted.split(".");
  const matches = revisions.filter(
    ({ name, revision }) => revision.startsWith(digits) && (number === undefined || name === `${revision}.${number}`),
  );
  const codes = new Set(matches.map(({ revision }) => revision));
  if (codes.size === 1 && digits.length >= SHORTEST_PREFIX) return matches[0];
  return matches.find(({ revision }) => revision === digits);
}

function listing(revisions: readonly Revision[]): string {
  return revisions.length === 0
    ? "The cluster has no revisions."
    : `In the cluster, last deployed first: ${revisions.map(({ name }) => name).join(", ")}`;
}
