import { defineJob, type ObjectOf, type Returned } from "errand";
import { z } from "zod";

type Workload = Returned<ObjectOf<"deployments"> | ObjectOf<"statefulsets">>;

/** What a workload had before it was scaled down. It stays on the workload itself, so that no lost run loses it. */
const REPLICAS = "errand/replicas-before";
/** Opening hours of its own, such as `mon-fri 07:00-19:00`, or `always`. */
const HOURS = "errand/office-hours";

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const HOURS_PATTERN = /^(sun|mon|tue|wed|thu|fri|sat)-(sun|mon|tue|wed|thu|fri|sat) (\d\d:\d\d)-(\d\d:\d\d)$/;

const params = z.strictObject({
  hours: z
    .string()
    .regex(HOURS_PATTERN, "write days and hours, such as mon-fri 07:00-19:00")
    .default("mon-fri 07:00-19:00")
    .describe("When workloads run; outside of it they are scaled down"),
  timeZone: z.string().default("Etc/UTC").describe("Zone of the hours, such as Europe/Berlin"),
  labelSelector: z.string().default("errand/office-hours").describe("Which workloads, such as env=dev"),
});

export default defineJob({
  description: "Scales workloads down outside of office hours, and up again",
  schedule: "*/10 * * * *",
  params,
  access: { deployments: ["list", "patch"], statefulsets: ["list", "patch"] },
  limits: { patch: 100 },
  timeout: "5m",
  async run({ kube, params, log, progress, dryRun }) {
    const result = {
      down: [] as string[],
      up: [] as string[],
      changedMeanwhile: [] as string[],
      unreadable: [] as string[],
    };
    for (const resource of ["deployments", "statefulsets"] as const) {
      for await (const workload of kube[resource].list({ labelSelector: params.labelSelector })) {
        const name = `${workload.kind}/${workload.metadata.name}`;
        const change = changeOf(workload, params);
        if (change === undefined) continue;
        if ("problem" in change) {
          result[change.problem].push(name);
          log.warn(`${name} stays as it is: ${change.why}`);
          continue;
        }
        const answer = await kube[resource].patch(workload, change.patch);
        if (answer === "gone" || answer === "changed") continue; // the next run looks again
        result[change.direction].push(name);
        log.info(`${dryRun ? "would scale" : "scaled"} ${name} ${change.direction}`, {
          replicas: change.patch.spec.replicas,
        });
        progress({ down: result.down.length, up: result.up.length });
      }
    }
    return result;
  },
});

interface Change {
  readonly direction: "down" | "up";
  readonly patch: {
    readonly metadata: { readonly annotations: Readonly<Record<string, string | null>> };
    readonly spec: { readonly replicas: number };
  };
}

interface Problem {
  readonly problem: "changedMeanwhile" | "unreadable";
  readonly why: string;
}

function changeOf(
  { metadata, spec }: Workload,
  { hours, timeZone }: z.output<typeof params>,
): Change | Problem | undefined {
  const { annotations = {}, deletionTimestamp, namespace } = metadata;
  const own = annotations[HOURS] ?? hours;
  if (deletionTimestamp !== undefined || namespace.startsWith("kube-")) return undefined;
  if (own !== "always" && !HOURS_PATTERN.test(own)) return { problem: "unreadable", why: `${HOURS}: "${own}"` };
  const isOpen = own === "always" || isWithin(own, new Date(), timeZone);
  const replicas = spec.replicas ?? 1;
  const before = annotations[REPLICAS];
  if (!isOpen && before === undefined && replicas > 0) {
    const patch = { metadata: { annotations: { [REPLICAS]: String(replicas) } }, spec: { replicas: 0 } };
    return { direction: "down", patch };
  }
  if (!isOpen || before === undefined) return undefined;
  // Somebody scaled it while it slept: that person knows better than an old number.
  if (replicas > 0)
    return { problem: "changedMeanwhile", why: `it has ${replicas} replicas already; remove ${REPLICAS}` };
  if (!/^[1-9]\d{0,3}$/.test(before)) return { problem: "unreadable", why: `${REPLICAS}: "${before}"` };
  return {
    direction: "up",
    patch: { metadata: { annotations: { [REPLICAS]: null } }, spec: { replicas: Number(before) } },
  };
}

/** Whether it is open at a time. `fri-mon` goes over the week's end, and `22:00-06:00` over midnight into the next day. */
function isWithin(hours: string, now: Date, timeZone: string): boolean {
  const [, from = "", to = "", opens = "", closes = ""] = HOURS_PATTERN.exec(hours) ?? [];
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]));
  const time = `${parts.hour}:${parts.minute}`;
  const isOvernight = closes <= opens;
  const isMorning = isOvernight && time < closes;
  const today = DAYS.indexOf((parts.weekday ?? "").toLowerCase());
  const day = isMorning ? (today + 6) % 7 : today;
  const [first, last] = [DAYS.indexOf(from), DAYS.indexOf(to)];
  const isDay = first <= last ? day >= first && day <= last : day >= first || day <= last;
  return isDay && (isOvernight ? time >= opens || isMorning : time >= opens && time < closes);
}
