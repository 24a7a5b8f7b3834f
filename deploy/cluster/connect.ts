import { clientOver, type KubeClient } from "../../runtime/kube/connected-client.ts";
import { hasReason } from "../../runtime/kube/errors/api-error.ts";
import { createConnection } from "../../runtime/kube/pipeline/connection.ts";
import { sleep } from "../../runtime/kube/values/time.ts";
import type { Target } from "../kubeconfig/target.ts";
import { style, talk } from "../terminal/talk.ts";

/** A connection to the command's cluster; closes itself at the end of the block that uses it. */
export interface Cluster extends AsyncDisposable {
  /** Acts as the person who runs the command. */
  readonly client: KubeClient;
  readonly namespace: string;
  readonly context: string;
}

/** The manager that owns every field that errand applies. https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers */
export const FIELD_MANAGER = "errand";

/** A person is waiting: a request that may only be retried later than this, in milliseconds, fails. */
const LONGEST_WAIT_MS = 1_500;

/** Connects as the person who runs the command. The API server's warnings are shown as kubectl shows them. */
export function openCluster({ config, context }: Target): Cluster {
  const onWarning = (text: string) => talk(`${style.yellow("warning:")} ${text}`);
  const connection = createConnection(config, {
    onWarning,
    sleep: (ms, signal) => (ms > LONGEST_WAIT_MS ? Promise.reject(new Error("too long a wait")) : sleep(ms, signal)),
  });
  const { namespace } = config;
  return {
    // A watch or followed log may wait longer before it resumes.
    client: clientOver(connection.send, { namespace, fieldManager: FIELD_MANAGER }),
    namespace,
    context,
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

/** The resources of one namespace, or of all of them for undefined. */
export function inPlace(client: KubeClient, namespace: string | undefined): KubeClient["kube"]["allNamespaces"] {
  return namespace === undefined ? client.kube.allNamespaces : client.kube.inNamespace(namespace);
}

/**
 * Asks the API server who we are to it. https://kubernetes.io/docs/reference/access-authn-authz/authentication/#self-subject-review
 *
 * @returns undefined if it may not be asked or does not support the question; then only its audit log tells
 * @throws {KubeError} if it does not answer or fails
 */
export async function whoAmI(client: KubeClient): Promise<string | undefined> {
  try {
    const { status } = await client.kube.selfsubjectreviews.create({});
    return status.userInfo?.username;
  } catch (error) {
    if (hasReason(error, "Forbidden") || hasReason(error, "NotFound")) return undefined;
    throw error;
  }
}

/** Replaces what the person may not read, so that the rest can still be shown. */
export async function unlessForbidden<T, Otherwise>(read: Promise<T>, otherwise: Otherwise): Promise<T | Otherwise> {
  return await unless("Forbidden", read, otherwise);
}

/** Returns undefined for an object that does not exist. */
export async function ifFound<T>(read: Promise<T>): Promise<T | undefined> {
  return await unless("NotFound", read, undefined);
}

async function unless<T, Otherwise>(
  reason: "Forbidden" | "NotFound",
  read: Promise<T>,
  otherwise: Otherwise,
): Promise<T | Otherwise> {
  try {
    return await read;
  } catch (error) {
    if (hasReason(error, reason)) return otherwise;
    throw error;
  }
}
