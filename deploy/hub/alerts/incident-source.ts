import type { Channel } from "../../settings/channels.ts";
import type { IncidentEntry, IncidentSource, MessageEntry } from "../../source/incidents.ts";
import type { Archive } from "../archive/archive.ts";
import type { Incident } from "./incidents.ts";
import { AlertStore, type QueuedMessage } from "./store.ts";

/** A page lists no more of what goes on, of what did not arrive, and of gaps. */
const OPEN_MAX = 200;
const UNDELIVERED_MAX = 50;
const GAPS_MAX = 20;

/** What the hub found wrong, as pages and commands read it. */
export function incidentSource(archive: Archive, channels: Readonly<Record<string, Channel>>): IncidentSource {
  const store = new AlertStore(archive);
  const entryOf = (incident: Incident): IncidentEntry => {
    const { since, closedAt, lastAt: _last, openedAt: _opened, wellAt: _well, ...rest } = incident;
    return {
      ...rest,
      since: since.toISOString(),
      ...(closedAt === undefined ? {} : { closedAt: closedAt.toISOString() }),
      messages: store.messagesOf(incident.id).map(messageEntry),
    };
  };
  return {
    openCount: () => store.openCount(),
    incidents({ after, limit }) {
      const closed = store.closed(limit + 1, after).map(entryOf);
      const last = closed.length > limit ? closed[limit - 1]?.id : undefined;
      return {
        open: store.open(OPEN_MAX).map(entryOf),
        closed: closed.slice(0, limit),
        closedTotal: store.closedCount(),
        ...(last === undefined ? {} : { after: last }),
        undelivered: store.undelivered(UNDELIVERED_MAX).map(messageEntry),
        gaps: archive
          .gaps()
          .slice(-GAPS_MAX)
          .reverse()
          .map(({ from, to, why }) => ({ from: from.toISOString(), to: to.toISOString(), why })),
        channels: Object.entries(channels).map(([name, { kind }]) => {
          const { lastSent, waiting, dead } = store.channel(name);
          return {
            name,
            kind,
            ...(lastSent?.sentAt === undefined ? {} : { lastSentAt: lastSent.sentAt.toISOString() }),
            ...(lastSent?.tookMs === undefined ? {} : { tookMs: lastSent.tookMs }),
            waiting,
            dead,
          };
        }),
      };
    },
    incident(id) {
      const found = store.incident(id);
      return found === undefined ? undefined : entryOf(found);
    },
  };
}

function messageEntry(queued: QueuedMessage): MessageEntry {
  const { message, channel, state, createdAt, tries, sentAt, nextAt, problem } = queued;
  return {
    id: message.id,
    channel,
    event: message.event,
    title: message.title,
    state,
    createdAt: createdAt.toISOString(),
    tries,
    ...(sentAt === undefined ? {} : { sentAt: sentAt.toISOString() }),
    ...(state === "waiting" ? { nextAt: nextAt.toISOString() } : {}),
    ...(problem === undefined ? {} : { problem }),
  };
}
