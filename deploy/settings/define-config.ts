import type { AlertRules } from "../../runtime/job/alerts.ts";
import type { Json, Resources } from "../../runtime/job/definition.ts";
import type { PodPatch } from "../../runtime/kube/surface/pod-patch.ts";
import type { HubSettings } from "./channels.ts";

/** What can be set for all jobs of a project, and again for each environment. */
export interface Settings {
  /** The default of `--namespace`. */
  readonly namespace?: string;
  /** A context of the kubeconfig; the default of `--context`. */
  readonly context?: string;
  /** Container image with Node 24 or newer; the bundle comes from a ConfigMap. */
  readonly image?: string;
  /** The major version of the Node in `image`, such as 24. Default: taken from the tag of an image called `node`; any other image is assumed to have a current one. */
  readonly nodeVersion?: number;
  /** Packages to leave out of bundles, such as those with native addons; the image must have them in `/node_modules`. The same in all environments. */
  readonly external?: readonly string[];
  /** An image with the bundle, built from what `errand build` writes: `registry.example/{job}:{revision}`. `image` is then the Node image that it was built on. */
  readonly bundledImage?: string;
  /** Labels and annotations of every object, and of the pods. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly resources?: Resources;
  /** Variables of the job's container. */
  readonly env?: Readonly<Record<string, string>>;
  /** The Kueue queue of the runs. https://kueue.sigs.k8s.io/docs/tasks/run/jobs/ */
  readonly queue?: string;
  /** `false` keeps the sidecar of a service mesh (Istio, Linkerd, Kuma, Consul) out of the pods; it would keep a run from ending. */
  readonly mesh?: boolean;
  /** The API server's address ranges, for jobs with `egress`: a NetworkPolicy cannot refer to it by name. */
  readonly apiServer?: readonly string[];
  /** A patch of the pod template: image pull secrets, node selectors, tolerations, priority class, volumes. */
  readonly pod?: PodPatch;
  /** When the hub tells somebody about these jobs, rule by rule; false: never. */
  readonly alerts?: AlertRules | false;
  /** Of the hub itself: where it sends what it tells. */
  readonly hub?: HubSettings;
  /** Settings of single jobs, by name: `{ "pod-cleanup": { params: { olderThan: "2h" } } }`. */
  readonly jobs?: Readonly<Record<string, JobConfig>>;
}

/** Settings of one job. */
export interface JobConfig {
  /** Parameters of scheduled runs, and defaults of those that a person triggers. Each is replaced as a whole. Secret parameters are refused. */
  readonly params?: Readonly<Record<string, Json>>;
  readonly alerts?: AlertRules | false;
}

/** The resulting settings of one job. */
export interface ResolvedSettings extends Omit<Settings, "jobs" | "hub"> {
  readonly image: string;
  /** Parameters in its CronJob. */
  readonly params?: Readonly<Record<string, Json>>;
}

/** Settings of all environments, and what differs in some of them. */
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
