import type { EmbeddedCluster } from "../../runtime/embedded/embedded-cluster.ts";
import { formatDuration } from "../../runtime/job/duration.ts";
import type { PodObject } from "../runs/history/run-objects.ts";
import { table } from "../terminal/answer.ts";
import { style } from "../terminal/talk.ts";

const PODS = { group: "", resource: "pods" };
const STATUS_COLORS: Readonly<Record<string, (text: string) => string>> = {
  Running: style.cyan,
  Pending: style.cyan,
  Succeeded: style.green,
  Failed: style.red,
  Evicted: style.yellow,
};
const MINUTE_MS = 60_000;
const HEADINGS = ["POD", "STATUS", "SINCE", "OWNER", "ANNOTATED"];

/** The pods of a namespace, by name. @param besides names of pods to leave out */
export function podsIn({ store }: EmbeddedCluster, namespace: string, besides: ReadonlySet<string>): PodObject[] {
  const pods = store.all(PODS, namespace) as unknown as PodObject[];
  return pods.filter(({ metadata }) => !besides.has(metadata.name));
}

/** A table of pods with their status, since when they have it, owner and annotations. @param now milliseconds since the epoch */
export function podTable(pods: readonly PodObject[], now: number): string {
  const rows = pods.map((pod) => [
    pod.metadata.name,
    statusOf(pod),
    formatDuration(wholeMinutes(now - Date.parse(lastChange(pod)))),
    ownerOf(pod),
    Object.keys(pod.metadata.annotations ?? {}).join(", "),
  ]);
  const [headings = "", ...lines] = table(HEADINGS, rows).split("\n");
  // Coloured after the columns are aligned: colour codes have a length, but no width.
  return [style.dim(headings), ...lines.map(colorStatus)].join("\n");
}

/** Above a minute, seconds do not matter. */
function wholeMinutes(milliseconds: number): number {
  return milliseconds < MINUTE_MS ? milliseconds : Math.floor(milliseconds / MINUTE_MS) * MINUTE_MS;
}

function statusOf({ status }: PodObject): string {
  return status?.reason ?? status?.phase ?? "";
}

function colorStatus(line: string): string {
  return line.replace(/(?<= {3})\w+/, (word) => STATUS_COLORS[word]?.(word) ?? word);
}

function ownerOf({ metadata }: PodObject): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  return owner === undefined ? "" : `${owner.kind}/${owner.name}`;
}

/** When its container ended, or one of its conditions last changed. */
function lastChange({ status, metadata }: PodObject): string {
  const ends = (status?.containerStatuses ?? []).flatMap(({ state }) => state?.terminated?.finishedAt ?? []);
  const changes = (status?.conditions ?? []).flatMap(({ lastTransitionTime }) => lastTransitionTime ?? []);
  return ends[0] ?? changes[0] ?? metadata.creationTimestamp;
}
