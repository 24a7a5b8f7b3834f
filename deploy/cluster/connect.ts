import { createConnection } from "../../runtime/kube/pipeline/connection.ts";
import { sleep } from "../../runtime/kube/values/time.ts";
import type { Target } from "../kubeconfig/target.ts";
import { style, talk } from "../terminal/talk.ts";
import { type ClusterApi, clusterApi } from "./cluster-api.ts";

/** A connection to the cluster that a command is about; closes itself at the end of the block that uses it. */
export interface Cluster extends AsyncDisposable {
  readonly api: ClusterApi;
  readonly namespace: string;
  readonly context: string;
}

/** A person waits for the answer: who has to be asked again later than this, in milliseconds, is said to be out of reach. */
const LONGEST_WAIT_MS = 1_500;

/** Connects as the person who runs the command. The API server's warnings are shown as kubectl shows them. */
export function openCluster({ config, context }: Target): Cluster {
  const onWarning = (text: string) => talk(`${style.yellow("warning:")} ${text}`);
  const connection = createConnection(config, {
    onWarning,
    sleep: (ms, signal) => (ms > LONGEST_WAIT_MS ? Promise.reject(new Error("too long a wait")) : sleep(ms, signal)),
  });
  return {
    api: clusterApi(connection.send),
    namespace: config.namespace,
    context,
    [Symbol.asyncDispose]: () => connection.close(),
  };
}
