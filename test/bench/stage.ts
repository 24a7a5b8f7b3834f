import type { AdminApi } from "./cluster/admin-api.ts";
import type { CommandLine } from "./command-line.ts";
import type { GoPrograms } from "./machine/go-programs.ts";
import type { Place } from "./machine/measure.ts";

/** What the subjects run on. */
export interface Stage {
  /** Absent if no work needs a cluster. */
  readonly cluster?: ClusterStage;
  /** Absent if no work is a command. */
  readonly commandLine?: CommandLine;
  readonly goPrograms: GoPrograms;
  /** The bench's own folder, gone after it. */
  readonly folder: string;
}

/** A real cluster, and how its API server is reached. */
export interface ClusterStage {
  readonly api: AdminApi;
  readonly place: Place;
  /** Where the subjects find the API server: as in a pod, by address and port. */
  readonly host: string;
  readonly port: string;
  readonly kubectl: string;
}
