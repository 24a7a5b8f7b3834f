import { CommandError } from "../command-error.ts";
import type { Revision } from "./revision.ts";

/** As many digits of a revision as tell it from others, and no fewer. */
const SHORTEST_PREFIX = 4;

/**
 * Chooses the revision to go back to.
 *
 * @param revisions the last deployed first
 * @param current the deployed one
 * @param wanted a revision, or enough of its first digits; undefined: the one that was deployed before the current one
 * @throws {CommandError} where there is none, or it was not recorded what was applied with it
 */
export function chooseRevision(
  revisions: readonly Revision[],
  current: string,
  wanted: string | undefined,
): Revision & Required<Pick<Revision, "manifests">> {
  const found = wanted === undefined ? previousOf(revisions, current) : findWanted(revisions, wanted);
  if (found === undefined) {
    throw wanted === undefined
      ? new CommandError("There is no other revision to go back to", { hint: listing(revisions) })
      : new CommandError(`There is no revision "${wanted}"`, { hint: listing(revisions) });
  }
  if (found.revision === current)
    throw new CommandError(`Revision ${current} is the deployed one already`, { hint: listing(revisions) });
  const { manifests } = found;
  if (manifests !== undefined) return { ...found, manifests };
  throw new CommandError(`Revision ${found.revision} does not say what was applied with it`, {
    hint: "It was not applied by errand deploy: deploy it again from where its file is kept.",
  });
}

/** What was applied after the current one was never deployed to its end: its deploy was interrupted. */
function previousOf(revisions: readonly Revision[], current: string): Revision | undefined {
  const place = revisions.findIndex(({ revision }) => revision === current);
  return revisions[place + 1];
}

function findWanted(revisions: readonly Revision[], wanted: string): Revision | undefined {
  const matches = revisions.filter(({ revision }) => revision.startsWith(wanted));
  if (matches.length < 2 && wanted.length >= SHORTEST_PREFIX) return matches[0];
  return matches.find(({ revision }) => revision === wanted);
}

function listing(revisions: readonly Revision[]): string {
  return revisions.length === 0
    ? "The cluster holds none."
    : `The cluster holds ${revisions.map(({ revision }) => revision).join(", ")}; of them, the first was deployed last.`;
}
