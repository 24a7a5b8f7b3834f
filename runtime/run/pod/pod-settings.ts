import type { RunFacts } from "../lifecycle/run-record.ts";
import {
  DEFAULT_PARAMS_FOLDER,
  DEFAULT_SECRETS_FOLDER,
  DEFAULT_STATUS_PORT,
  DEFAULT_TERMINATION_LOG,
  ENVIRONMENT,
  SECRET_PARAMS_FILE,
} from "./environment.ts";
import type { PlanSource } from "./load-plan.ts";
import { readRunIdentity } from "./run-identity.ts";
import type { SecretParamsSource } from "./secret-files.ts";

/** What the manifests tell the runtime in the pod. */
export interface PodSettings {
  readonly facts: RunFacts;
  /** JSON, not yet read. */
  readonly paramsText: string | undefined;
  /** Where the secret parameters are, and what they must be; absent where there are none. */
  readonly secretParams: SecretParamsSource | undefined;
  /** `record`, or the file of a plan and the SHA-256 of what it must hold. */
  readonly plan: PlanSource | undefined;
  readonly statusPort: number;
  /** Where strangers may read the run's metrics. */
  readonly openAddresses: readonly string[];
  readonly terminationLog: string;
  readonly serviceAccount: string | undefined;
  /** Absent: where a kubelet mounts it. */
  readonly serviceAccountFolder: string | undefined;
  readonly secretsFolder: string;
}

const HIGHEST_PORT = 65_535;

/** Reads the settings from environment variables. A missing one is no error: a bundle can also be started by hand. */
export function readPodSettings(environment: Readonly<Record<string, string | undefined>>): PodSettings {
  const read = (name: keyof typeof ENVIRONMENT): string | undefined => environment[ENVIRONMENT[name]] || undefined;
  return {
    facts: {
      job: read("job") ?? "unknown",
      namespace: read("namespace") ?? "default",
      revision: read("revision") ?? "unknown",
      identity: readRunIdentity(environment),
      dryRun: read("dryRun") === "true",
    },
    paramsText: read("params"),
    secretParams: secretParamsOf(read("paramsFolder"), read("secretParamsHash")),
    plan: planOf(read("plan"), read("planHash") ?? ""),
    statusPort: readPort(read("statusPort")),
    openAddresses: (read("openAddresses") ?? "").split(",").filter((address) => address !== ""),
    terminationLog: read("terminationLog") ?? DEFAULT_TERMINATION_LOG,
    serviceAccount: read("serviceAccount"),
    serviceAccountFolder: read("serviceAccountFolder"),
    secretsFolder: read("secretsFolder") ?? DEFAULT_SECRETS_FOLDER,
  };
}

function planOf(file: string | undefined, sha256: string): PlanSource | undefined {
  return file === undefined || file === "record" ? file : { file, sha256 };
}

function secretParamsOf(folder = DEFAULT_PARAMS_FOLDER, sha256: string | undefined): SecretParamsSource | undefined {
  return sha256 === undefined ? undefined : { file: `${folder}/${SECRET_PARAMS_FILE}`, sha256 };
}

function readPort(text: string | undefined): number {
  const port = Number(text ?? DEFAULT_STATUS_PORT);
  return Number.isInteger(port) && port >= 0 && port <= HIGHEST_PORT ? port : DEFAULT_STATUS_PORT;
}
