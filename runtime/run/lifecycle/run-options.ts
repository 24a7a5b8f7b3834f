import type { ResourceCatalog } from "../../job/access.ts";
import type { SecretKey } from "../../job/pod-fields.ts";
import type { Client, ClientOptions } from "../../kube/client.ts";
import type { ClusterConfig } from "../../kube/config/cluster-config.ts";
import type { RunPlan } from "../../kube/plan/run-plan.ts";
import type { Clock } from "../output/clock.ts";
import type { Redactor } from "../output/redactor.ts";
import type { RunFacts } from "./run-record.ts";

/** One run of one job, and everything it needs from outside. */
export interface RunOptions extends RunFacts {
  /** Gives the job file's default export. What this throws is reported like what the job throws. */
  readonly loadJob: () => unknown;
  /** Gives the parameters, not yet validated. What this throws is reported. */
  readonly readParams: () => unknown;
  /** Gives the plan that this run makes or keeps to. What this throws is reported. Absent: there is none. */
  readonly loadPlan?: (() => Promise<RunPlan>) | undefined;
  /** Reads one of the job's secrets. What this throws is reported. Absent: this run has none to give. */
  readonly readSecret?: (name: string, key: SecretKey) => string | Promise<string>;
  /** Asked once, as the run begins. */
  readonly loadConfig: () => Promise<ClusterConfig>;
  readonly createClient: (options: ClientOptions) => Client;
  readonly catalog: ResourceCatalog;
  /** Takes one line of the log without its line break; secrets are out of it already. */
  readonly writeLine: (line: string) => void;
  /** The service account, as error messages name it. */
  readonly serviceAccount?: string | undefined;
  /** Called when the job has said how far it is. */
  readonly onProgress?: () => void;
  readonly clock?: Clock;
  /** Given by who writes something of the run besides the log, to keep secrets out of that as well. */
  readonly redactor?: Redactor;
  /** Bytes. Default: the most that this process has had resident. */
  readonly peakMemoryBytes?: () => number;
}
