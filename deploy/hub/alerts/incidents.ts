import { createHash } from "node:crypto";
import type { RuleName, Verdict } from "./judged.ts";

/** Something that is or was wrong with a job: one alert when it begins, one message when it is over. */
export interface Incident {
  /** Stable: from the job, the rule and what it began with. */
  readonly id: string;
  readonly namespace: string;
  readonly job: string;
  readonly rule: RuleName;
  /** The run with which it began; absent where there is none. */
  readonly run?: string;
  readonly since: Date;
  /** The newest thing that showed it. */
  readonly lastAt: Date;
  readonly count: number;
  readonly words: string;
  readonly evidence?: string;
  readonly nextStep: string;
  /** False as long as all that shows it is older than the archive: what was wrong before the hub came is shown, and told with the next run. */
  readonly isTold: boolean;
  /** When the hub found out. */
  readonly openedAt: Date;
  readonly closedAt?: Date;
  /** The time of what showed that it is over. */
  readonly wellAt?: Date;
  /** How it ended, in one sentence. */
  readonly ending?: string;
}

/** What happens to an incident. */
export type Change =
  | { readonly change: "opened" | "updated" | "closed"; readonly incident: Incident }
  /** It was open before, and is told only now. */
  | { readonly change: "told"; readonly incident: Incident };

/**
 * What a verdict changes.
 *
 * @param known the job's incidents by this rule: the open one, if there is any, and the one that ended last
 * @param archiveSince what is older was there before the hub
 */
export function changesOf(
  job: { readonly namespace: string; readonly job: string },
  verdict: Verdict,
  known: { readonly open?: Incident; readonly closed?: Incident },
  archiveSince: Date,
  now: Date,
): Change[] {
  const { open, closed } = known;
  if (verdict.state === "unknown") return [];
  if (verdict.state === "well") {
    return open === undefined || verdict.at < open.lastAt ? [] : [closing(open, verdict.at, verdict.words, now)];
  }
  const { wellAt, state: _state, ...found } = verdict;
  if (open !== undefined) {
    // It was well in between, while nobody looked.
    if (wellAt !== undefined && wellAt > open.lastAt) {
      const over = closing(open, wellAt, "It was well again.", now);
      return [over, ...changesOf(job, verdict, { closed: over.incident }, archiveSince, now)];
    }
    return updating(open, { ...found, ...job }, archiveSince);
  }
  // An old run is no news, whatever is forgotten of what came after it.
  if (closed?.wellAt !== undefined && verdict.lastAt <= closed.wellAt) return [];
  const isTold = verdict.lastAt >= archiveSince;
  const id = idOf(job, verdict, closed?.wellAt);
  return [{ change: "opened", incident: { id, ...job, ...found, isTold, openedAt: now } }];
}

function closing(open: Incident, wellAt: Date, ending: string, now: Date): Change {
  return { change: "closed", incident: { ...open, closedAt: now, wellAt, ending } };
}

/** What it began with stays, also when the first of its runs are no longer kept. */
function updating(open: Incident, found: Omit<Incident, "id" | "isTold" | "openedAt">, archiveSince: Date): Change[] {
  const { evidence: _evidence, ...before } = open;
  const isNewer = found.lastAt > open.lastAt;
  const incident: Incident = {
    ...before,
    lastAt: isNewer ? found.lastAt : open.lastAt,
    count: Math.max(open.count, found.count),
    words: found.words,
    nextStep: found.nextStep,
    ...(found.evidence === undefined ? {} : { evidence: found.evidence }),
    isTold: open.isTold || found.lastAt >= archiveSince,
  };
  if (incident.isTold !== open.isTold) return [{ change: "told", incident }];
  const isSame = incident.words === open.words && incident.evidence === open.evidence && !isNewer;
  return isSame ? [] : [{ change: "updated", incident }];
}

/** Ends the incidents of a job that is no more, or that nobody looks at any more. @param ending why, in one sentence */
export function closeAll(open: readonly Incident[], ending: string, now: Date): Change[] {
  return open.map((incident) => closing(incident, now, ending, now));
}

/** @param wellAt when the last incident ended: what began before that begins another one, as after a rule was turned off and on */
function idOf(
  { namespace, job }: { readonly namespace: string; readonly job: string },
  { rule, run, since }: Extract<Verdict, { state: "wrong" }>,
  wellAt: Date | undefined,
): string {
  const beginning = [namespace, job, rule, run ?? since.toISOString()];
  if (wellAt !== undefined && since <= wellAt) beginning.push(wellAt.toISOString());
  return createHash("sha256").update(beginning.join("/")).digest("hex").slice(0, 16);
}
