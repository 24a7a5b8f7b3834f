import type { TestNamespace } from "./namespace.ts";

/** A pod whose end the test decides: no scheduler takes it, and the test writes its status. */
interface EndedPod {
  readonly phase: "Succeeded" | "Failed" | "Running";
  readonly endedMinutesAgo: number;
  readonly reason?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Ended pods of every kind that `jobs/pod-cleanup.ts` tells apart, and what it should do with its default parameters.
 * Their names are the keys.
 */
const ENDED_PODS: Readonly<Record<string, EndedPod & { readonly goes: boolean }>> = {
  "succeeded-long-ago": { phase: "Succeeded", endedMinutesAgo: 120, goes: true },
  "failed-long-ago": { phase: "Failed", endedMinutesAgo: 120, goes: true },
  "evicted-long-ago": { phase: "Failed", reason: "Evicted", endedMinutesAgo: 120, goes: true },
  "succeeded-lately": { phase: "Succeeded", endedMinutesAgo: 30, goes: false },
  protected: { phase: "Succeeded", endedMinutesAgo: 120, annotations: { "errand/keep": "" }, goes: false },
  running: { phase: "Running", endedMinutesAgo: 120, goes: false },
};

/** The names of the pods that go, in the order of the alphabet. */
export const PODS_THAT_GO = namesWhere(true);

/** The names of the pods that stay, in the order of the alphabet. */
export const PODS_THAT_STAY = namesWhere(false);

/**
 * Creates the pods and gives them their ends.
 *
 * @param namespace where
 */
export async function createEndedPods({ kubectl }: TestNamespace): Promise<void> {
  const pods = Object.entries(ENDED_PODS);
  await kubectl.apply(...pods.map(([name, { annotations }]) => podNamed(name, annotations)));
  await Promise.all(
    pods.map(([name, pod]) => {
      const patch = JSON.stringify({ status: statusOf(pod) });
      return kubectl.text(["patch", "pod", name, "--subresource=status", `--patch=${patch}`]);
    }),
  );
}

/**
 * The names of the test's pods that are there, in the order of the alphabet.
 *
 * @param namespace where
 */
export async function remainingPods({ kubectl }: TestNamespace): Promise<readonly string[]> {
  const { items } = await kubectl.get<{ items: { metadata: { name: string } }[] }>("pods", "--selector=seeded");
  return items.map(({ metadata }) => metadata.name).toSorted();
}

function namesWhere(goes: boolean): readonly string[] {
  return Object.keys(ENDED_PODS)
    .filter((name) => ENDED_PODS[name]?.goes === goes)
    .toSorted();
}

function podNamed(name: string, annotations: Readonly<Record<string, string>> = {}) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { seeded: "yes" }, annotations },
    spec: {
      schedulerName: "nobody",
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "main",
          image: "none",
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
}

function statusOf({ phase, reason, endedMinutesAgo }: EndedPod) {
  const time = `${new Date(Date.now() - endedMinutesAgo * 60_000).toISOString().slice(0, 19)}Z`;
  const container = { name: "main", image: "none", imageID: "", ready: false, restartCount: 0 };
  if (phase === "Running")
    return { phase, containerStatuses: [{ ...container, state: { running: { startedAt: time } } }] };
  // The kubelet evicts a pod without saying how its containers ended; then only the condition tells when.
  if (reason !== undefined)
    return { phase, reason, conditions: [{ type: "Ready", status: "False", lastTransitionTime: time }] };
  const terminated = { exitCode: phase === "Failed" ? 1 : 0, startedAt: time, finishedAt: time };
  return { phase, containerStatuses: [{ ...container, state: { terminated } }] };
}
