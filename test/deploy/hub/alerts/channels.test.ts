import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { channelRequest } from "../../../../deploy/hub/alerts/channels.ts";
import type { Incident } from "../../../../deploy/hub/alerts/incidents.ts";
import { gapMessage, openedMessage, resolvedMessage } from "../../../../deploy/hub/alerts/message.ts";

const NOW = new Date("2026-03-02T06:10:00Z");
const incident: Incident = {
  id: "0123456789abcdef",
  namespace: "team-a",
  job: "sweep",
  rule: "failures",
  run: "sweep-1",
  since: new Date("2026-03-02T06:01:00Z"),
  lastAt: new Date("2026-03-02T06:01:00Z"),
  count: 1,
  words: "Failed after 1 min",
  evidence: "no bucket <!channel> `x` & more\nsecond line",
  nextStep: "errand why sweep-1 -n team-a",
  isTold: true,
  openedAt: NOW,
};
const over: Incident = { ...incident, closedAt: NOW, wellAt: NOW, ending: "It succeeded after 2 s." };

describe("a webhook", () => {
  const channel = { kind: "webhook", url: "https://ops.example/errand" } as const;

  it("gets the message unchanged", () => {
    const { body, headers } = channelRequest(channel, {}, openedMessage(incident, NOW), NOW);
    expect(headers["idempotency-key"]).toBe("0123456789abcdef-opened");
    expect(JSON.parse(body)).toMatchInlineSnapshot(`
      {
        "at": "2026-03-02T06:10:00.000Z",
        "event": "opened",
        "id": "0123456789abcdef-opened",
        "incident": {
          "count": 1,
          "evidence": "no bucket <!channel> \`x\` & more
      second line",
          "id": "0123456789abcdef",
          "job": "sweep",
          "namespace": "team-a",
          "nextStep": "errand why sweep-1 -n team-a",
          "rule": "failures",
          "run": "sweep-1",
          "since": "2026-03-02T06:01:00.000Z",
          "words": "Failed after 1 min",
        },
        "title": "team-a/sweep: Failed after 1 min",
        "version": 1,
      }
    `);
  });

  it("is signed with its time", () => {
    const { body, headers } = channelRequest(channel, { key: "k3y" }, openedMessage(incident, NOW), NOW);
    const seconds = NOW.getTime() / 1_000;
    const expected = createHmac("sha256", "k3y").update(`${seconds}.${body}`).digest("hex");
    expect(headers).toMatchObject({ "errand-signature": `t=${seconds},v1=${expected}` });
  });

  it("gets a token, and a URL from a Secret", () => {
    const secrets = { url: "https://hooks.example/s3cret", token: "t0ken" };
    const { url, headers } = channelRequest(
      { kind: "webhook", urlFrom: "a/b" },
      secrets,
      openedMessage(incident, NOW),
      NOW,
    );
    expect(url).toBe("https://hooks.example/s3cret");
    expect(headers).toMatchObject({ authorization: "Bearer t0ken" });
  });

  it("is not sent to an invalid URL, which is not quoted", () => {
    const send = () =>
      channelRequest({ kind: "slack", urlFrom: "a/b" }, { url: "s3cret" }, openedMessage(incident, NOW), NOW);
    expect(send).toThrow("its URL does not begin with https:// or http://");
  });

  it("gets only as much of an error as it can take", () => {
    const long = { ...incident, evidence: "x".repeat(100_000) };
    expect(channelRequest(channel, {}, openedMessage(long, NOW), NOW).body.length).toBeLessThan(1_500);
  });
});

describe("a Slack-shaped webhook", () => {
  const secrets = { url: "https://hooks.slack.com/services/x" };
  const text = (message: Parameters<typeof channelRequest>[2]) =>
    JSON.parse(channelRequest({ kind: "slack", urlFrom: "a/b" }, secrets, message, NOW).body).text;

  it("gives the error, quotes the run, and mentions no one", () => {
    expect(text(openedMessage(incident, NOW))).toBe(
      "*team-a/sweep*: Failed after 1 min\n>no bucket &lt;!channel&gt; 'x' &amp; more\n>second line\nNext step: `errand why sweep-1 -n team-a`",
    );
  });

  it("reports the resolution", () => {
    expect(text(resolvedMessage(over, NOW))).toBe(
      "*team-a/sweep* is well again. It succeeded after 2 s.\n>Failed after 1 min",
    );
  });

  it("reports that the hub was away", () => {
    const gap = { from: new Date("2026-03-02T05:00Z"), to: new Date("2026-03-02T05:40Z"), why: "its node was drained" };
    expect(text(gapMessage(gap, NOW))).toMatch(
      /^\*errand\*: The hub was away for 40 min until 2026-03-02 05:40 UTC: its node was drained\./,
    );
  });
});

describe("Alertmanager", () => {
  const channel = { kind: "alertmanager", url: "http://alertmanager:9093/" } as const;
  const alert = (message: Parameters<typeof channelRequest>[2]) => {
    const { url, body } = channelRequest(channel, {}, message, NOW);
    expect(url).toBe("http://alertmanager:9093/api/v2/alerts");
    return JSON.parse(body)[0];
  };

  it("gets a firing alert that lasts until the hub resolves it", () => {
    expect(alert(openedMessage(incident, NOW))).toMatchObject({
      labels: { alertname: "ErrandFailures", namespace: "team-a", errand_job: "sweep", rule: "failures" },
      annotations: { summary: "team-a/sweep: Failed after 1 min" },
      startsAt: "2026-03-02T06:01:00.000Z",
      endsAt: "2026-03-03T06:10:00.000Z",
    });
  });

  it("gets the resolution with the same labels", () => {
    const [firing, resolved] = [alert(openedMessage(incident, NOW)), alert(resolvedMessage(over, NOW))];
    expect(resolved.labels).toEqual(firing.labels);
    expect(resolved).toMatchObject({ startsAt: firing.startsAt, endsAt: NOW.toISOString() });
  });
});

describe("message.schema.json", () => {
  const file = new URL("../../../../deploy/hub/alerts/message.schema.json", import.meta.url);
  const schema = z.fromJSONSchema(JSON.parse(readFileSync(file, "utf8")));
  const gap = { from: new Date("2026-03-02T05:00Z"), to: NOW, why: "its node was drained" };
  const opened = openedMessage(incident, NOW);

  it.each([opened, resolvedMessage(over, NOW), gapMessage(gap, NOW)])("accepts a sent message: $event", (message) => {
    expect(schema.parse(JSON.parse(JSON.stringify(message)))).toEqual(message);
  });

  it("refuses other documents", () => {
    expect(schema.safeParse({ ...opened, more: 1 }).success).toBe(false);
    expect(schema.safeParse({ ...opened, incident: { ...opened.incident, rule: "other" } }).success).toBe(false);
  });
});
