import { createHmac } from "node:crypto";
import type { Channel } from "../../settings/channels.ts";
import type { Message } from "./message.ts";

/** What is sent, as a value. */
export interface ChannelRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a channel's Secrets hold, read anew for each message. */
export interface ChannelSecrets {
  readonly url?: string;
  readonly key?: string;
  readonly token?: string;
}

/** How long Alertmanager keeps an alert that nobody repeats. The hub repeats those that are open every few minutes: a hub that is away for less ends none. */
const ALERT_MS = 24 * 3_600_000;
/** A gap is over when it is told. */
const GAP_ALERT_MS = 5 * 60_000;

/**
 * What is sent to a channel.
 *
 * @throws {Error} where a secret or the URL cannot be used; its message repeats neither
 */
export function channelRequest(channel: Channel, secrets: ChannelSecrets, message: Message, now: Date): ChannelRequest {
  const url = urlOf(channel, secrets);
  const headers = {
    "content-type": "application/json",
    "user-agent": "errand-hub",
    "idempotency-key": message.id,
    ...(secrets.token === undefined ? {} : { authorization: `Bearer ${secrets.token}` }),
  };
  if (channel.kind === "slack") return { url, headers, body: JSON.stringify(slackBody(message)) };
  if (channel.kind === "alertmanager") {
    const body = JSON.stringify([alertOf(message, now)]);
    return { url: `${url.replace(/\/+$/, "")}/api/v2/alerts`, headers, body };
  }
  const body = JSON.stringify(message);
  const signature = secrets.key === undefined ? {} : { "errand-signature": signatureOf(body, secrets.key, now) };
  return { url, headers: { ...headers, ...signature }, body };
}

/**
 * Signs a body: HMAC-SHA256 over the seconds since 1970, a full stop and the body, so that a receiver can refuse what is not the hub's, and what is old.
 *
 * @example signatureOf("{}", "key", new Date(0)) === "t=0,v1=…"
 */
export function signatureOf(body: string, key: string, now: Date): string {
  const seconds = Math.floor(now.getTime() / 1_000);
  return `t=${seconds},v1=${createHmac("sha256", key).update(`${seconds}.${body}`).digest("hex")}`;
}

function urlOf({ url: plain }: Channel, { url = plain }: ChannelSecrets): string {
  if (url === undefined || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new Error("its URL does not begin with https:// or http://");
  }
  return url;
}

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
function slackBody({ event, title, incident }: Message): { readonly text: string } {
  if (incident === undefined) return { text: `*errand*: ${slackText(title)}` };
  const { namespace, job, words, evidence, nextStep, ending = "" } = incident;
  const name = `*${slackText(`${namespace}/${job}`)}*`;
  if (event === "resolved") {
    return { text: `${name} is well again. ${slackText(ending)}\n>${slackText(words)}` };
  }
  const quote = evidence === undefined ? "" : `\n>${slackText(evidence).replaceAll("\n", "\n>")}`;
  return { text: `${name}: ${slackText(words)}${quote}\nNext step: \`${slackText(nextStep)}\`` };
}

/** Nothing in a message mentions people, links or formats by itself. https://docs.slack.dev/messaging/formatting-message-text#escaping */
function slackText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("`", "'");
}

/** An alert of API v2. Its labels stay the same from its beginning to its end. https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml */
function alertOf({ event, title, at, incident, gap }: Message, now: Date) {
  if (incident === undefined) {
    return {
      labels: { alertname: "ErrandHubGap", severity: "info" },
      annotations: { summary: title },
      startsAt: gap?.to ?? at,
      endsAt: new Date(now.getTime() + GAP_ALERT_MS).toISOString(),
    };
  }
  const { id, rule, namespace, job, since, words, evidence = "", nextStep, resolvedAt } = incident;
  const ended = event === "resolved" ? (resolvedAt ?? at) : undefined;
  return {
    labels: {
      alertname: `Errand${rule.charAt(0).toUpperCase()}${rule.slice(1)}`,
      severity: "warning",
      namespace,
      errand_job: job,
      rule,
    },
    annotations: { summary: `${namespace}/${job}: ${words}`, description: evidence, next_step: nextStep, incident: id },
    startsAt: since,
    endsAt: ended ?? new Date(now.getTime() + ALERT_MS).toISOString(),
  };
}
