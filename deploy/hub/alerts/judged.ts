// What rules are given and what they say. Everything here is a value: rules read no archive and no clock.
import { type AlertRules, findAlertProblems } from "../../../runtime/job/alerts.ts";
import { parseDuration } from "../../../runtime/job/duration.ts";

/** The rules there are, in the order in which a job's incidents are shown. */
export const RULE_NAMES = ["failures", "overdue", "longerThan", "didNothing", "changedMore", "faster"] as const;

export type RuleName = (typeof RULE_NAMES)[number];

/** The rules of one job with every default filled in. */
export interface Rules {
  readonly failures: number | false;
  readonly overdueMs: number | false;
  /** `usual`: as seen from the runs before. */
  readonly longerThanMs: number | "usual" | false;
  readonly didNothing: number | false;
  readonly changedMore: number | false;
  readonly faster: number | false;
  readonly tellsRecovery: boolean;
  /** undefined: all channels. */
  readonly channels?: readonly string[];
}

/** What alerts say in an annotation or on the hub's command line. */
export type Alerts = AlertRules | false;

/** A job as rules see it. */
export interface JudgedJob {
  readonly namespace: string;
  readonly job: string;
  /** Cron text; absent for a job that only runs when it is triggered. */
  readonly schedule?: string;
  /** IANA name. Default: UTC. */
  readonly timeZone?: string;
  /** From when on its schedule counts: when it was created, changed or resumed, or when the hub first saw it. */
  readonly scheduledSince: Date;
  readonly isPaused: boolean;
  /** What the CronJob controller says of itself; absent where it never started a run. */
  readonly lastScheduled?: Date;
  /** Kubernetes skips a start while another run is active. */
  readonly skipsOverlaps: boolean;
  readonly rules: Rules;
}

/** A run as rules see it: all of its attempts together. */
export interface JudgedRun {
  readonly run: string;
  readonly outcome: string;
  /** What went wrong, in one sentence. */
  readonly message?: string;
  /** For which time of the schedule it was started. */
  readonly due?: Date;
  readonly startedAt: Date;
  /** Absent while it goes on. */
  readonly finishedAt?: Date;
  /** It has no pod that runs yet. Between two attempts a run is not waiting. */
  readonly isWaiting: boolean;
  readonly isDryRun: boolean;
  /** How many objects it changed; undefined where nobody knows, as of a Job that errand did not make. */
  readonly changed?: number;
  /** How many things its result counts. */
  readonly counted?: number;
}

/** A time in which the hub saw nothing. */
export interface Gap {
  readonly from: Date;
  readonly to: Date;
}

/** What a rule says of a job. Only what was seen opens or ends an incident: runs that are no longer kept do neither. */
export type Verdict =
  | {
      readonly rule: RuleName;
      readonly state: "wrong";
      /** The run with which it began; absent where there is none, as for a run that was not started. */
      readonly run?: string;
      /** When it began: the end of that run, or when it was due. */
      readonly since: Date;
      /** The newest thing that shows it. */
      readonly lastAt: Date;
      /** When it was last seen to be well before; absent where nobody remembers. */
      readonly wellAt?: Date;
      /** Runs, or missed starts. */
      readonly count: number;
      /** One sentence without a full stop. */
      readonly words: string;
      /** What the newest run says of itself. */
      readonly evidence?: string;
      readonly nextStep: string;
    }
  | {
      readonly rule: RuleName;
      readonly state: "well";
      /** The time of what shows it. */
      readonly at: Date;
      /** One sentence with a full stop. */
      readonly words: string;
    }
  | { readonly rule: RuleName; readonly state: "unknown" };

const MINUTE_MS = 60_000;

/** What counts where nobody says anything. */
const DEFAULT_RULES: Rules = {
  failures: 1,
  overdueMs: 10 * MINUTE_MS,
  longerThanMs: "usual",
  didNothing: 5,
  changedMore: 10,
  faster: 10,
  tellsRecovery: true,
};

const NO_RULES: Rules = {
  failures: false,
  overdueMs: false,
  longerThanMs: false,
  didNothing: false,
  changedMore: false,
  faster: false,
  tellsRecovery: true,
};

/** Fills in the defaults. @param alerts was found to be good before */
export function rulesOf(alerts: Alerts | undefined): Rules {
  if (alerts === false) return NO_RULES;
  const { failures, overdue, longerThan, didNothing, changedMore, faster, recovered, channels } = alerts ?? {};
  const defaults = DEFAULT_RULES;
  return {
    failures: failures ?? defaults.failures,
    overdueMs: millisecondsOf(overdue) ?? defaults.overdueMs,
    longerThanMs: millisecondsOf(longerThan) ?? defaults.longerThanMs,
    didNothing: didNothing ?? defaults.didNothing,
    changedMore: changedMore ?? defaults.changedMore,
    faster: faster ?? defaults.faster,
    tellsRecovery: recovered ?? defaults.tellsRecovery,
    ...(channels === undefined ? {} : { channels }),
  };
}

function millisecondsOf(text: string | false | undefined): number | false | undefined {
  return typeof text === "string" ? parseDuration(text) : text;
}

/** An annotation that is longer is not read: whoever may change one CronJob must not fill the hub's memory. */
const ANNOTATION_LENGTH_MAX = 2_048;

/**
 * Reads the rules that a CronJob carries. Only those who may change the CronJob can write them, and what they may say is bounded; still, nothing in them is
 * taken before all of it was found to be good.
 *
 * @param text of the annotation `errand/alerts`
 * @param usual what the hub was told for jobs that say nothing
 * @returns the usual rules, and why, where it cannot be used: a mistake must not silence a job
 */
export function readRules(
  text: string | undefined,
  usual: Alerts = {},
): { readonly rules: Rules; readonly problem?: string } {
  if (text === undefined) return { rules: rulesOf(usual) };
  const refuse = (problem: string) => ({ rules: rulesOf(usual), problem });
  if (text.length > ANNOTATION_LENGTH_MAX) return refuse(`it is longer than ${ANNOTATION_LENGTH_MAX} characters`);
  let alerts: unknown;
  try {
    alerts = JSON.parse(text);
  } catch {
    return refuse("it is not JSON");
  }
  const [wrong] = alerts === null ? [{ field: "alerts", message: "expected rules" }] : findAlertProblems(alerts);
  if (wrong !== undefined) return refuse(`${wrong.field}: ${wrong.message}`);
  const own = alerts as Alerts;
  return { rules: rulesOf(own === false ? false : { ...(usual === false ? {} : usual), ...own }) };
}
