import { describe, expect, it } from "vitest";
import { renderManifests } from "../../../deploy/manifests/render.ts";
import { type Channel, findChannelsProblems, secretsOf } from "../../../deploy/settings/channels.ts";
import { combineSettings } from "../../../deploy/settings/resolve-settings.ts";
import { findAlertProblems } from "../../../runtime/job/alerts.ts";
import type { JobSettings } from "../../../runtime/job/definition.ts";
import { renderInput } from "../manifests/render-input.ts";

const job: JobSettings = { access: { pods: ["list"] }, alerts: { failures: 3, overdue: "30m" } };

/** What a CronJob says of alerts. */
function annotationOf(alerts: JobSettings["alerts"], config: Readonly<Record<string, unknown>> = {}): unknown {
  const definition: JobSettings = alerts === undefined ? { access: job.access } : { ...job, alerts };
  const { settings } = combineSettings("sweep.ts", definition, [{ source: "errand.config.ts", values: config }], {});
  const cronJob = renderManifests({ ...renderInput("sweep", definition), settings }).find(
    ({ kind }) => kind === "CronJob",
  );
  const text = cronJob?.metadata.annotations?.["errand/alerts"];
  return text === undefined ? undefined : JSON.parse(text);
}

describe("alerts of a job", () => {
  it.each([
    ["are absent where nobody says anything", undefined, {}, undefined],
    ["come from the job file", { failures: 3 }, {}, { failures: 3 }],
    ["come from the configuration", undefined, { alerts: { failures: 2 } }, { failures: 2 }],
    [
      "are merged rule by rule",
      { failures: 3, overdue: "1h" },
      { alerts: { failures: 2 } },
      { failures: 2, overdue: "1h" },
    ],
    [
      "are what the configuration says of this job",
      { failures: 3 },
      { alerts: { failures: 2 }, jobs: { sweep: { alerts: { failures: 5 } }, other: { alerts: false } } },
      { failures: 5 },
    ],
    ["are turned off for one job", { failures: 3 }, { jobs: { sweep: { alerts: false } } }, false],
    ["are turned off by the job file", false, {}, false],
  ] as const)("%s", (_name, own, config, expected) => expect(annotationOf(own, config)).toEqual(expected));

  it("name nothing of the hub's channels in a job's manifests", () => {
    const channels = { ops: { kind: "slack", urlFrom: "alerts/slack-url" } };
    const { settings } = combineSettings("sweep.ts", job, [{ source: "x", values: { hub: { channels } } }], {});
    expect(JSON.stringify(settings)).not.toContain("slack");
  });
});

describe("rules", () => {
  it.each([
    [{ failures: 0 }, "alerts.failures: expected a whole number from 1 to 100, or false"],
    [{ failures: true }, "alerts.failures: expected a whole number from 1 to 100, or false"],
    [{ didNothing: 1 }, "alerts.didNothing: expected a whole number from 2 to 100, or false"],
    [{ overdue: "10" }, "alerts.overdue: expected a duration from 30s to 366d, such as 30m, or false"],
    [{ longerThan: "400d" }, "alerts.longerThan: expected a duration from 30s to 366d, such as 30m, or false"],
    [{ recovered: "no" }, "alerts.recovered: expected true or false"],
    [{ channels: "ops" }, 'alerts.channels: expected names of at most 20 of the hub\'s channels, such as ["team-a"]'],
    [{ durations: "10m" }, "alerts.durations: unknown rule"],
    [true, 'alerts: expected rules, such as { failures: 3, overdue: "30m" }, or false for no alerts'],
  ])("%j is refused with what was expected", (alerts, expected) => {
    expect(findAlertProblems(alerts).map(({ field, message }) => `${field}: ${message}`)).toEqual([expected]);
  });

  it("are accepted in every form that is documented", () => {
    const alerts = { failures: 3, overdue: "10m", longerThan: "30m", didNothing: 5, changedMore: 4, faster: false };
    expect(findAlertProblems({ ...alerts, recovered: false, channels: ["ops"] })).toEqual([]);
    expect(findAlertProblems(false)).toEqual([]);
  });
});

describe("channels", () => {
  const good: Record<string, Channel> = {
    slack: { kind: "slack", urlFrom: "alerts/slack-url" },
    ops: { kind: "webhook", url: "https://ops.example/errand", keyFrom: "alerts/key", tokenFrom: "alerts/token" },
    alertmanager: { kind: "alertmanager", url: "http://alertmanager.monitoring:9093" },
  };

  it("are accepted with their Secrets by name", () => {
    expect(findChannelsProblems(good, "hub.channels")).toEqual([]);
    expect(secretsOf(good)).toEqual(["alerts/key", "alerts/slack-url", "alerts/token"]);
  });

  it.each([
    [{ kind: "mail" }, "c.ops.kind: expected one of webhook, slack, alertmanager"],
    [{ kind: "webhook" }, "c.ops: expected either url or urlFrom"],
    [{ kind: "webhook", url: "https://x", urlFrom: "a/b" }, "c.ops: expected either url or urlFrom"],
    [{ kind: "slack", url: "https://hooks.slack.com/services/T/B/x" }, "c.ops.url: whoever knows this URL can post"],
    [{ kind: "webhook", url: "https://me:secret@x" }, "c.ops.url: expected a URL that begins with https:// or http://"],
    [{ kind: "webhook", url: "file:///etc/passwd" }, "c.ops.url: expected a URL that begins with https:// or http://"],
    [{ kind: "webhook", urlFrom: "token" }, 'c.ops.urlFrom: expected a Secret and its key, such as "alerts/slack-url"'],
    [{ kind: "slack", urlFrom: "a/b", keyFrom: "a/c" }, "c.ops.keyFrom: only bodies of a webhook are signed"],
    [{ kind: "webhook", url: "https://x", key: "secret" }, "c.ops.key: unknown field"],
  ])("%j is refused, and no secret is repeated", (channel, expected) => {
    const found = findChannelsProblems({ ops: channel }, "c").map(({ field, message }) => `${field}: ${message}`);
    expect(found.join("\n")).toContain(expected);
    expect(found.join("\n")).not.toMatch(/secret@|services/);
  });

  it("have names that jobs can write", () => {
    expect(findChannelsProblems({ "Team A": good.slack }, "c")[0]?.message).toContain("expected a name");
  });
});
