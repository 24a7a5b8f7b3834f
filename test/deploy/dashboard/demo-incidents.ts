// A hub's archive in which much went wrong, for tests of its pages and pictures of them.
import { dashboard } from "../../../deploy/dashboard/app.tsx";
import { incidentSource } from "../../../deploy/hub/alerts/incident-source.ts";
import type { Incident } from "../../../deploy/hub/alerts/incidents.ts";
import { openedMessage, resolvedMessage } from "../../../deploy/hub/alerts/message.ts";
import { ALERT_TABLES, AlertStore } from "../../../deploy/hub/alerts/store.ts";
import { openArchive } from "../../../deploy/hub/archive/archive.ts";
import { archiveSource } from "../../../deploy/hub/archive/archive-source.ts";
import type { Channel } from "../../../deploy/settings/channels.ts";
import { HOSTILE, NOW } from "./demo-dashboard.ts";

const CHANNELS: Readonly<Record<string, Channel>> = {
  "team-a": { kind: "slack", urlFrom: "alerts/slack-url" },
  "ops-gateway": { kind: "webhook", url: "https://ops.example/errand" },
  alertmanager: { kind: "alertmanager", url: "http://alertmanager:9093" },
};

const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);

function incident(id: string, job: string, more: Partial<Incident>): Incident {
  return {
    id: id.padEnd(16, "0"),
    namespace: "team-a",
    job,
    rule: "failures",
    since: hoursAgo(3.7),
    lastAt: hoursAgo(0.7),
    count: 4,
    words: "Failed 4 times in a row; the last run ran out of memory",
    nextStep: `errand why ${job} -n team-a`,
    isTold: true,
    openedAt: more.since ?? hoursAgo(3.7),
    ...more,
  };
}

/** @param isHostile what can be written by somebody else is written by somebody evil */
export function demoIncidents({ isHostile = false } = {}) {
  let now = hoursAgo(60);
  const archive = openArchive(":memory:", { tables: [ALERT_TABLES], now: () => now });
  const store = new AlertStore(archive);
  archive.beat();
  now = hoursAgo(59.9);
  archive.keepGap("its node was drained");
  const evidence = isHostile ? HOSTILE : "The container used all of its 256 Mi";
  const longName = "a-job-of-a-very-long-name-".repeat(8).slice(0, 200);
  const all: Incident[] = [
    incident("a1", "event-archive", { run: "event-archive-29541600", evidence }),
    incident("a2", "cert-expiry", {
      rule: "overdue",
      count: 1,
      words: "No start since it was due at 06:00 Europe/Berlin",
      since: hoursAgo(9.5),
    }),
    incident("a3", isHostile ? longName : "image-sync", {
      rule: "didNothing",
      count: 5,
      words: "Did nothing 5 times in a row; it used to change about 40 objects",
      since: hoursAgo(1.2),
    }),
    incident("b1", "preview-teardown", {
      ...over(5.6, 4.6),
      rule: "longerThan",
      words: "Took 3 h; it may take 30 min",
    }),
    incident("b2", "pvc-prune", {
      ...over(36, 12),
      rule: "changedMore",
      words: "Changed 360 objects; it usually changes 40",
    }),
    incident("b3", "nightly-dump", over(158, 134)),
  ];
  for (const each of all) {
    store.write(each);
    for (const channel of Object.keys(CHANNELS)) {
      store.queue(openedMessage(each, each.openedAt), channel, each.openedAt);
      if (each.closedAt !== undefined) store.queue(resolvedMessage(each, each.closedAt), channel, each.closedAt);
      for (const queued of store.messagesOf(each.id).filter((message) => message.channel === channel)) {
        if (each.id.startsWith("a3") && channel === "ops-gateway") {
          store.failed(queued, "it answered 502", new Date(NOW.getTime() + 300_000));
        } else store.sent(queued, new Date(queued.createdAt.getTime() + 60_000), 88);
      }
    }
  }
  now = NOW;
  const source = { ...archiveSource(archive, { clock: () => NOW }), incidents: incidentSource(archive, CHANNELS) };
  return {
    archive,
    store,
    app: dashboard(source, { now: () => NOW }),
    open: "a1".padEnd(16, "0"),
    closed: "b1".padEnd(16, "0"),
  };
}

function over(from: number, to: number): Partial<Incident> {
  return {
    since: hoursAgo(from),
    openedAt: hoursAgo(from),
    closedAt: hoursAgo(to),
    wellAt: hoursAgo(to),
    ending: "It succeeded after 12 s.",
  };
}
