import type { AlertRules } from "../../runtime/job/alerts.ts";
import type { Json, Resources } from "../../runtime/job/definition.ts";
import type { PodPatch } from "../../runtime/kube/surface/pod-patch.ts";
import type { HubSettings } from "./channels.ts";

/** What can be set for all jobs of a project, and for each environment anew. */
export interface Settings {
  /** Where `--namespace` is absent. */
  readonly namespace?: string;
  /** Of the kubeconfig, where `--context` is absent. */
  readonly context?: string;
  /** Container image with Node 24 or newer; the bundle comes from a ConfigMap. */
  readonly image?: string;
  /** The major version of the Node in `image`, such as 24. Default: what the tag of an image called `node` says; any other's is taken for a current one. */
  readonly nodeVersion?: number;
  /** Packages that bundles leave out, such as those with native addons: the image must have them in `/node_modules`. The same for all environments. */
  readonly external?: readonly string[];
  /** Image that `errand build` has made, and that holds the bundle: `registry.example/{job}:{revision}`. `image` then says on which Node it was built. */
  readonly bundledImage?: string;
  /** Labels and annotations of every object, and of the pods. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly resources?: Resources;
  /** Variables of the job's container. */
  readonly env?: Readonly<Record<string, string>>;
  /** Kueue's queue for the runs. https://kueue.sigs.k8s.io/docs/tasks/run/jobs/ */
  readonly queue?: string;
  /** `false`: no sidecar of a service mesh (Istio, Linkerd, Kuma, Consul), which would keep a run from ending. */
  readonly mesh?: boolean;
  /** The API server's addresses as ranges, for jobs with `egress`: a NetworkPolicy cannot name it. */
  readonly apiServer?: readonly string[];
  /** A change of the pod template: image pull secrets, node selectors, tolerations, priority class, volumes. */
  readonly pod?: PodPatch;
  /** When the hub tells somebody about these jobs, rule by rule; false: never. */
  readonly alerts?: AlertRules | false;
  /** Of the hub itself: where it sends what it tells. */
  readonly hub?: HubSettings;
  /** What differs for single jobs, by their names: `{ "pod-cleanup": { params: { olderThan: "2h" } } }`. */
  readonly jobs?: Readonly<Record<string, JobConfig>>;
}

/** What the project says about one job. */
export interface JobConfig {
  /** Parameters of the runs that its schedule starts, and of those by hand that do not name them. Each is replaced as a whole. Never secret ones. */
  readonly params?: Readonly<Record<string, Json>>;
  readonly alerts?: AlertRules | false;
}

/** What is in force for one job. */
export interface ResolvedSettings extends Omit<Settings, "jobs" | "hub"> {
  readonly image: string;
  /** Parameters that stand in its CronJob. */
  readonly params?: Readonly<Record<string, Json>>;
}

/** Settings for all environments, and what differs in some of them. */
export interface Config extends Settings {
  /** By the names that `--env` takes. */
  readonly environments?: Readonly<Record<string, Settings>>;
}

/**
 * Gives `errand.config.ts` its types.
 *
 * @example
 * export default defineConfig({
 *   labels: { team: "shop" },
 *   environments: { production: { context: "prod", namespace: "shop" } },
 * });
 */
export function defineConfig(config: Config): Config {
  return config;
}
