import type { PodObject } from "./run-objects.ts";

/** Why the scheduler gives a pod no node, and what helps. */
export interface SchedulingObstacle {
  /** What is wrong, such as `no node has room for its pod`. */
  readonly what: string;
  readonly next: string;
  /** What of the pod is in the way. */
  readonly wants?: (pod: PodObject) => readonly string[];
}

type Wants = NonNullable<SchedulingObstacle["wants"]>;

/** The words of the scheduler's plugins. https://github.com/kubernetes/kubernetes/tree/v1.37.0/pkg/scheduler/framework/plugins */
const OBSTACLES: readonly (readonly [RegExp, SchedulingObstacle])[] = [
  [
    /didn't match Pod's node affinity\/selector|didn't match the requested node name/,
    {
      what: "no node matches its nodeSelector or node affinity",
      next: "Correct `nodeSelector` or `affinity` in `pod` (job file or errand.config.ts), or label a node: kubectl get nodes --show-labels",
      wants: selectors,
    },
  ],
  [
    /untolerated taint|had taints? /,
    {
      what: "the nodes have taints that its pod does not tolerate",
      next: "Add `tolerations` to `pod` (job file or errand.config.ts), or have the taint removed: kubectl describe nodes",
    },
  ],
  [
    /were unschedulable/,
    { what: "the nodes are cordoned", next: "Wait until they accept pods again, or: kubectl uncordon NODE" },
  ],
  [
    /Insufficient |Too many pods|max volume count/,
    {
      what: "no node has room for its pod",
      next: "Lower the job's `resources.requests`, or make room: kubectl describe nodes",
      wants: requests,
    },
  ],
  [
    /persistentvolumeclaim "[^"]*"|unbound immediate PersistentVolumeClaims/,
    {
      what: "a volume that it claims does not exist",
      next: "See what the claim waits for: kubectl describe pvc",
      wants: claims,
    },
  ],
  [
    /volume node affinity conflict|persistent volumes? to bind|bound PersistentVolume/,
    {
      what: "its volume is on a node or in a zone where its pod cannot run",
      next: "Let the pod run where the volume is, or use another volume: kubectl describe pv",
      wants: claims,
    },
  ],
  [
    /pod (?:anti-)?affinity rules|existing pods anti-affinity|topology spread/,
    {
      what: "other pods keep it away by affinity or topology spread",
      next: "Loosen `affinity` or `topologySpreadConstraints` in `pod`, or see which pods are there: kubectl get pods -o wide",
    },
  ],
  [
    /free ports/,
    { what: "its host port is taken on every node", next: "Leave `hostPort` out of `pod`: a job needs none." },
  ],
  [/no nodes available/, { what: "the cluster has no nodes", next: "Wait until it has nodes: kubectl get nodes" }],
];

const UNKNOWN: SchedulingObstacle = {
  what: "the scheduler finds no node for its pod",
  next: "See what its message names (the job's `resources`, selectors, taints, volumes), and: kubectl describe nodes",
  wants: requests,
};

/** Held back on purpose, by Kueue or another controller. https://kubernetes.io/docs/concepts/scheduling-eviction/pod-scheduling-readiness/ */
const GATED: SchedulingObstacle = {
  what: "its pod is held back by scheduling gates",
  next: "Whatever set them must remove them, such as Kueue when its queue has room: kubectl describe pod",
  wants: ({ spec }) => (spec?.schedulingGates ?? []).map(({ name }) => `scheduling gate ${name}`),
};

/**
 * Reads the scheduler's message. Nodes may be unfit for different reasons; what preemption says behind it is left out.
 *
 * @returns at least one
 */
export function schedulingObstacles({
  reason,
  message,
}: {
  readonly reason: string;
  readonly message: string;
}): readonly SchedulingObstacle[] {
  if (reason === "SchedulingGated") return [GATED];
  const [own = ""] = message.split(/\bpreemption: /);
  const found = OBSTACLES.filter(([pattern]) => pattern.test(own)).map(([, obstacle]) => obstacle);
  return found.length > 0 ? found : [UNKNOWN];
}

function requests({ spec }: PodObject): ReturnType<Wants> {
  const amounts = Object.entries(spec?.containers[0]?.resources?.requests ?? {});
  return amounts.length === 0 ? [] : [`it asks for ${amounts.map(([name, amount]) => `${name} ${amount}`).join(", ")}`];
}

function selectors({ spec }: PodObject): ReturnType<Wants> {
  const labels = Object.entries(spec?.nodeSelector ?? {}).map(([name, value]) => `${name}=${value}`);
  const required =
    spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return [
    ...(labels.length === 0 ? [] : [`its nodeSelector: ${labels.join(", ")}`]),
    ...(required.length === 0 ? [] : [`its node affinity: ${JSON.stringify(required)}`]),
  ];
}

function claims({ spec }: PodObject): ReturnType<Wants> {
  return (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim === undefined ? [] : [`it claims ${persistentVolumeClaim.claimName}`],
  );
}
