import { CHANNEL_NAME } from "../../runtime/job/alerts.ts";
import { isSecretKey, type SecretKey } from "../../runtime/job/pod-fields.ts";
import { type DefinitionProblem, problem } from "../../runtime/job/problem.ts";
import { didYouMean } from "../../runtime/job/suggestion.ts";
import { isMap } from "./merge.ts";

/** Where the hub sends its messages. Secret values are in a Secret in the hub's namespace, and are named as `SECRET/KEY`. */
export interface Channel {
  /** `webhook`: errand's own JSON; `slack`: incoming webhooks of Slack, and of Mattermost and others that are compatible; `alertmanager`: its API v2. */
  readonly kind: "webhook" | "slack" | "alertmanager";
  /** The URL, unless it is secret; for Alertmanager without `/api/v2/alerts`. */
  readonly url?: string;
  /** For a URL that is itself secret, as Slack's is. */
  readonly urlFrom?: SecretKey;
  /** The key that signs the bodies of a webhook. */
  readonly keyFrom?: SecretKey;
  /** A token for the header `authorization: Bearer …`. */
  readonly tokenFrom?: SecretKey;
}

/** Settings of the hub, besides its flags. */
export interface HubSettings {
  /** By the names that jobs use in `alerts.channels`. */
  readonly channels?: Readonly<Record<string, Channel>>;
}

const KINDS = ["webhook", "slack", "alertmanager"];
const SECRETS = ["urlFrom", "keyFrom", "tokenFrom"] as const;
const FIELDS = ["kind", "url", ...SECRETS];
const CHANNELS_MAX = 50;

/** Finds what is wrong with the hub's settings. @param field their path, for messages */
export function findHubProblems(hub: unknown, field: string): DefinitionProblem[] {
  if (hub === undefined) return [];
  if (!isMap(hub)) return [problem(field, "expected settings of the hub: { channels: { … } }")];
  const { channels, ...others } = hub;
  return [
    ...Object.keys(others).map((name) =>
      problem(`${field}.${name}`, `unknown setting${didYouMean(name, ["channels"])}`),
    ),
    ...findChannelsProblems(channels, `${field}.channels`),
  ];
}

/** Finds what is wrong with channels. @param field their path, for messages */
export function findChannelsProblems(channels: unknown, field: string): DefinitionProblem[] {
  if (channels === undefined) return [];
  if (!isMap(channels) || Object.keys(channels).length > CHANNELS_MAX) {
    return [problem(field, `expected at most ${CHANNELS_MAX} channels by name: { "team-a": { kind: "slack", … } }`)];
  }
  return Object.entries(channels).flatMap(([name, channel]) =>
    CHANNEL_NAME.test(name)
      ? findChannelProblems(channel, `${field}.${name}`)
      : [problem(`${field}.${name}`, "expected a name of lowercase letters, digits and -, at most 63 characters")],
  );
}

function findChannelProblems(channel: unknown, field: string): DefinitionProblem[] {
  if (!isMap(channel) || !KINDS.includes(String(channel.kind))) {
    return [problem(`${field}.kind`, `expected one of ${KINDS.join(", ")}`)];
  }
  const { kind, url, urlFrom, keyFrom } = channel;
  const found = Object.keys(channel)
    .filter((name) => !FIELDS.includes(name))
    .map((name) => problem(`${field}.${name}`, `unknown field${didYouMean(name, FIELDS)}`));
  for (const name of SECRETS) {
    if (channel[name] === undefined || isSecretKey(channel[name])) continue;
    found.push(problem(`${field}.${name}`, 'expected a Secret and its key, such as "alerts/slack-url"'));
  }
  if ((url === undefined) === (urlFrom === undefined)) found.push(problem(field, "expected either url or urlFrom"));
  if (url !== undefined && kind === "slack") {
    found.push(
      problem(
        `${field}.url`,
        'whoever knows this URL can post: put it into a Secret, and name that in urlFrom, such as "alerts/slack-url"',
      ),
    );
  } else if (url !== undefined && !isPlainUrl(url)) {
    found.push(
      problem(`${field}.url`, "expected a URL that begins with https:// or http://, without a user or password"),
    );
  }
  if (keyFrom !== undefined && kind !== "webhook") {
    found.push(problem(`${field}.keyFrom`, "only bodies of a webhook are signed"));
  }
  return found;
}

/** True for a URL to send to that contains no credentials. */
function isPlainUrl(text: unknown): boolean {
  if (typeof text !== "string" || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === "" && password === "";
}

/** The keys of Secrets that channels name, each once. */
export function secretsOf(channels: Readonly<Record<string, Channel>>): SecretKey[] {
  const all = Object.values(channels).flatMap((channel) => SECRETS.map((name) => channel[name]));
  return [...new Set(all.filter((key) => key !== undefined))].sort();
}
