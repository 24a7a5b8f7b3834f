import type { Gap } from "../archive/archive.ts";
import type { Incident } from "./incidents.ts";

/** What a channel is told: one message when an incident opens, one when it is over, and one for each time that the hub was away. */
export interface Message {
  readonly version: 1;
  /** The same each time it is sent: who has seen it may pass over it. */
  readonly id: string;
  readonly event: "opened" | "resolved" | "gap";
  /** When the hub found out, RFC 3339. */
  readonly at: string;
  /** All of it in one line. */
  readonly title: string;
  readonly incident?: MessageIncident;
  readonly gap?: { readonly from: string; readonly to: string; readonly why: string };
}

/** An incident as messages have it. Times are RFC 3339. */
export interface MessageIncident {
  readonly id: string;
  readonly rule: string;
  readonly namespace: string;
  readonly job: string;
  /** The run with which it began. */
  readonly run?: string;
  readonly since: string;
  /** Runs, or missed starts. */
  readonly count: number;
  readonly words: string;
  /** What the newest run said of itself. */
  readonly evidence?: string;
  readonly nextStep: string;
  readonly resolvedAt?: string;
  /** How it ended. */
  readonly ending?: string;
}

/** A channel takes only so much, and a run's error may be long; in characters. */
const EVIDENCE_LENGTH_MAX = 500;

export function openedMessage(incident: Incident, now: Date): Message {
  const { id, namespace, job, words } = incident;
  return {
    version: 1,
    id: `${id}-opened`,
    event: "opened",
    at: now.toISOString(),
    title: `${namespace}/${job}: ${words}`,
    incident: messageIncident(incident),
  };
}

export function resolvedMessage(incident: Incident, now: Date): Message {
  const { id, namespace, job, words, ending = "It is over." } = incident;
  return {
    version: 1,
    id: `${id}-resolved`,
    event: "resolved",
    at: now.toISOString(),
    title: `${namespace}/${job} is well again. ${ending} Before: ${words.charAt(0).toLowerCase()}${words.slice(1)}`,
    incident: messageIncident(incident),
  };
}

export function gapMessage({ from, to, why }: Gap, now: Date): Message {
  const minutes = Math.max(1, Math.round((to.getTime() - from.getTime()) / 60_000));
  return {
    version: 1,
    id: `gap-${from.getTime()}`,
    event: "gap",
    at: now.toISOString(),
    title: `The hub was away for ${minutes} min until ${to.toISOString().slice(0, 16).replace("T", " ")} UTC: ${why}. What was due meanwhile does not count as missed`,
    gap: { from: from.toISOString(), to: to.toISOString(), why },
  };
}

function messageIncident(incident: Incident): MessageIncident {
  const { id, rule, namespace, job, run, since, count, words, evidence, nextStep, closedAt, ending } = incident;
  return {
    id,
    rule,
    namespace,
    job,
    ...(run === undefined ? {} : { run }),
    since: since.toISOString(),
    count,
    words,
    ...(evidence === undefined ? {} : { evidence: shortened(evidence) }),
    nextStep,
    ...(closedAt === undefined ? {} : { resolvedAt: closedAt.toISOString() }),
    ...(ending === undefined ? {} : { ending }),
  };
}

function shortened(text: string): string {
  return text.length <= EVIDENCE_LENGTH_MAX ? text : `${text.slice(0, EVIDENCE_LENGTH_MAX)}…`;
}
