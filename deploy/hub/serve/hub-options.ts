// What a hub is told when it starts, and where it is found: known to the command that installs it and to its process.

import { type AlertRules, findAlertProblems } from "../../../runtime/job/alerts.ts";
import { isRecord } from "../../../runtime/job/problem.ts";
import { type Channel, findChannelsProblems } from "../../settings/channels.ts";

/** The name of everything that belongs to a hub; one a namespace. */
export const HUB_NAME = "errand-hub";
/** Where it answers, on its pod's loopback. */
export const HUB_PORT = 7788;
/** Where `/metrics`, and nothing else, is open to other pods, if it is. */
export const METRICS_PORT = 8080;
/** Where its volume is mounted. */
export const DATA_FOLDER = "/data";
/** Where the Secrets of its channels are mounted: `FOLDER/SECRET/KEY`. */
export const SECRETS_FOLDER = "/secrets";
/** The variable that holds its options, as JSON. */
export const OPTIONS_VARIABLE = "ERRAND_HUB";

/** Where a message that did not arrive is asked to be sent again; it changes nothing but the hub's own queue. */
export const RESEND_PATH = "/api/resend";
/** What such a request carries: no page of another site can send it without being asked first. https://fetch.spec.whatwg.org/#cors-preflight-fetch */
export const ACTION_HEADER = "errand-action";

/** The header of a log that says what of it is not kept, encoded as a part of a URL. */
export const NOTE_HEADER = "errand-note";

export interface HubOptions {
  /** The namespaces that it watches; absent: all of them, as far as `selector` says so. */
  readonly namespaces?: readonly string[];
  /** Labels of namespaces, as `kubectl -l` takes them. */
  readonly selector?: string;
  /** Also CronJobs that errand did not make. */
  readonly allCronJobs: boolean;
  /** Runs go after so long, in milliseconds. */
  readonly ageMs: number;
  /** So many runs are kept. */
  readonly count: number;
  /** So many bytes, with some room on the volume left for SQLite's log. */
  readonly bytes: number;
  /** Where it sends what is wrong; absent: nowhere. */
  readonly channels?: Readonly<Record<string, Channel>>;
  /** `/metrics` is open to other pods, at {@link METRICS_PORT}. */
  readonly metrics?: boolean;
  /** What counts for jobs that say nothing of alerts. */
  readonly alerts?: AlertRules | false;
  /** The file of the archive lies here. Default: {@link DATA_FOLDER}. */
  readonly folder?: string;
  /** Default: {@link HUB_PORT}; 0: any free one. */
  readonly port?: number;
}

/**
 * Reads the options of a hub's process.
 *
 * @throws {Error} that says what is wrong with them
 */
export function readHubOptions(env: Readonly<Record<string, string | undefined>>): HubOptions {
  const text = env[OPTIONS_VARIABLE];
  if (text === undefined) throw new Error(`${OPTIONS_VARIABLE} is not set: install the hub with errand hub install`);
  const value: unknown = JSON.parse(text);
  if (!isRecord(value)) throw new Error(`${OPTIONS_VARIABLE} is not an object`);
  for (const name of ["ageMs", "count", "bytes"]) {
    if (!(Number(value[name]) > 0)) throw new Error(`${OPTIONS_VARIABLE}: ${name} must be more than 0`);
  }
  const { namespaces } = value;
  if (namespaces !== undefined && !(Array.isArray(namespaces) && namespaces.length > 0)) {
    throw new Error(`${OPTIONS_VARIABLE}: namespaces must be a list of at least one`);
  }
  const [wrong] = [...findAlertProblems(value.alerts), ...findChannelsProblems(value.channels, "channels")];
  if (wrong !== undefined) throw new Error(`${OPTIONS_VARIABLE}: ${wrong.field}: ${wrong.message}`);
  return value as object as HubOptions;
}
