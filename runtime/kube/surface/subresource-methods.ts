/// <reference types="node" preserve="true" />
import type { Duplex } from "node:stream";
import type {
  CallOptions,
  ChangeOptions,
  EvictOptions,
  ExecOptions,
  LogOptions,
  PathOptions,
  ProxyWriteOptions,
  Target,
  TokenOptions,
  UpdateOptions,
  WriteOptions,
} from "./call-options.ts";
import type { AttachResult, ExecResult, Sample, Scale, ServiceAccountToken } from "./call-results.ts";
import type { KubeObject, Returned } from "./objects.ts";

/** `subresource:verb` → its methods. */
export interface MethodsBySubresource<T extends KubeObject> {
  "status:get": {
    /**
     * Reads an object through its status subresource, for callers without the right to read the object itself; returns the whole object.
     * https://kubernetes.io/docs/concepts/overview/working-with-objects/#object-spec-and-status
     * @throws {ApiError} with reason NotFound
     */
    getStatus(name: string, options?: CallOptions): Promise<Returned<T>>;
  };
  "status:update": {
    /**
     * Replaces an object's status if it has not changed since it was read; the server ignores all other fields.
     * @throws {ApiError} with reason Conflict if it has changed
     */
    updateStatus(object: T, options?: UpdateOptions): Promise<Returned<T>>;
  };
  "status:patch": {
    /**
     * Merges fields into the status; the rest of the object stays unchanged.
     * @returns the object; `gone` or `changed` as for patch
     */
    patchStatus(target: Target, status: object, options?: WriteOptions): Promise<Returned<T> | "gone" | "changed">;
  };
  "finalize:update": {
    /**
     * Replaces a namespace's `spec.finalizers`, which no other call can change: removing them lets a namespace that is stuck in Terminating go, but leaves its remaining objects in the store.
     * https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
     * @param object as read, with the finalizers to keep
     * @throws {ApiError} with reason Conflict if it has changed since
     */
    updateFinalize(object: T, options?: UpdateOptions): Promise<Returned<T>>;
  };
  "approval:update": {
    /**
     * Approves or denies a CertificateSigningRequest by a condition in its status. The API server also requires the verb `approve` on the request's signer, which
     * `access` cannot give: bind it to the job's ServiceAccount.
     * https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#approval-rejection-api-client
     * @param object as read, with a condition of type Approved or Denied
     * @throws {ApiError} with reason Forbidden without that right, Conflict if it has changed since
     */
    updateApproval(object: T, options?: UpdateOptions): Promise<Returned<T>>;
  };
  "scale:get": {
    /**
     * Reads the current and desired number of replicas.
     * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/scale-v1/
     * @throws {ApiError} with reason NotFound
     */
    getScale(name: string, options?: CallOptions): Promise<Returned<Scale>>;
  };
  "scale:update": {
    /**
     * Replaces a scale if neither it nor its object has changed since it was read; 0 is valid.
     * @throws {ApiError} with reason Conflict if it has changed
     * @throws {RangeError} before anything is sent, for an invalid number of replicas, or without resourceVersion unless `unconditional` is set
     */
    updateScale(scale: Scale, options?: UpdateOptions): Promise<Returned<Scale>>;
  };
  "scale:patch": {
    /**
     * Sets the number of replicas; 0 is valid.
     * @returns the scale; `gone` or `changed` as for patch
     * @throws {RangeError} before anything is sent, for an invalid number of replicas
     */
    scale(target: Target, replicas: number, options?: WriteOptions): Promise<Returned<Scale> | "gone" | "changed">;
  };
  "log:get": {
    /**
     * The lines of a container's log, without line ends. With `follow`, it resumes after a disconnect without losing or repeating a line, until the
     * container ends; if the container has already restarted by then, the log of the new instance follows.
     * @throws {ApiError} with reason BadRequest for a container that has not started, or if the pod has several and none is named
     * @throws {RangeError} before anything is sent, for `since` together with `sinceTime`
     */
    logs(target: Target, options?: LogOptions): AsyncIterable<string>;
  };
  "eviction:create": {
    /**
     * Evicts a pod, waiting until its disruption budget allows it, for up to `timeout` or until the run ends.
     * https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
     * @returns `evicted`; `gone` or `changed` as for delete
     * @throws {WaitTimeoutError} if the budget does not allow it within the timeout
     */
    evict(target: Target, options?: EvictOptions): Promise<"evicted" | "gone" | "changed">;
  };
  "resize:patch": {
    /**
     * Changes the resources of a running pod's containers.
     * https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
     * @param patch strategic: `{ spec: { containers: [{ name, resources }] } }`
     * @returns the pod; `gone` or `changed` as for patch
     */
    resize(target: Target, patch: object, options?: WriteOptions): Promise<Returned<T> | "gone" | "changed">;
  };
  "ephemeralcontainers:patch": {
    /**
     * Adds a debug container to a running pod; it cannot be removed.
     * https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/
     * @param container `{ name, image, targetContainerName, … }`
     * @returns the pod; `gone` or `changed` as for patch
     */
    addEphemeralContainer(
      target: Target,
      container: object,
      options?: WriteOptions,
    ): Promise<Returned<T> | "gone" | "changed">;
  };
  "binding:create": {
    /**
     * Binds an unscheduled pod to a node.
     * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/binding-v1/
     * @param node the node's name
     * @throws {ApiError} with reason Conflict if the pod is already bound or is not the given one
     */
    bind(target: Target, node: string, options?: ChangeOptions): Promise<void>;
  };
  "token:create": {
    /**
     * Requests a token for a service account. The API server does not store it, and issues a valid one even in a dry run.
     * https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
     * @throws {ApiError} with reason NotFound
     */
    createToken(name: string, options?: TokenOptions): Promise<ServiceAccountToken>;
  };
  "proxy:get": {
    /**
     * Sends a GET to a node's kubelet, a pod (`name` or `name:port`) or a service (`name:port`), and returns the answer as text.
     * https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/#manually-constructing-apiserver-proxy-urls
     * @param path such as `/metrics`, without a query: that goes into `query`
     * @throws {ApiError} for an error answer, with reason ServiceUnavailable if nothing answers
     */
    proxy(target: Target, path: string, options?: PathOptions & { readonly method?: "GET" }): Promise<string>;
    /** The same, parsed as Prometheus metrics. */
    proxyMetrics(target: Target, path: string, options?: PathOptions): AsyncIterable<Sample>;
  };
  "proxy:create": {
    /**
     * Sends a POST and returns the answer as text. It is never retried, counts against the limits as a `create` of `services/proxy` (`pods/proxy`,
     * `nodes/proxy`), and is refused in a dry run.
     * @throws {ApiError} for an error answer, without quoting it, since it may echo the body; `outcomeUnknown` unless the code is 400 to 499
     */
    proxy(target: Target, path: string, options: ProxyWriteOptions<"POST">): Promise<string>;
  };
  "proxy:update": {
    /** Sends a PUT; otherwise like POST. */
    proxy(target: Target, path: string, options: ProxyWriteOptions<"PUT">): Promise<string>;
  };
  "proxy:patch": {
    /** Sends a PATCH; otherwise like POST. */
    proxy(target: Target, path: string, options: ProxyWriteOptions<"PATCH">): Promise<string>;
  };
  "proxy:delete": {
    /** Sends a DELETE; otherwise like POST. */
    proxy(target: Target, path: string, options: ProxyWriteOptions<"DELETE">): Promise<string>;
  };
  "exec:create": {
    /**
     * Runs a command in a container, without a shell. It is never retried, and aborting the call does not stop the command. Refused in a dry run.
     * @returns the command's exit code and its output, up to 16 MiB: use `onStdout` for more
     * @throws {ApiError} if the command cannot be run, {TransportError} if its exit code is unknown: it is never taken for 0
     */
    exec(target: Target, command: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  };
  "attach:create": {
    /**
     * Attaches to a container's main process until it ends; aborting the call does not stop the process. Refused in a dry run.
     * @returns its output; the exit code is in `status.containerStatuses` of the pod
     * @throws like `exec`
     */
    attach(target: Target, options?: ExecOptions): Promise<AttachResult>;
  };
  "portforward:create": {
    /**
     * Connects to a port of a pod, including ports on its loopback interface, and returns the connection as a stream. Refused in a dry run.
     *
     * Each call opens one connection. It ends when the pod closes it, on `destroy()`, or when the signal aborts, with the signal's reason as the stream's error.
     * The protocol has no half-close: the pod does not notice `end()`.
     * https://kubernetes.io/docs/tasks/access-application-cluster/port-forward-access-application-cluster/
     *
     * @param port 1 to 65535
     * @returns a stream whose `error` is an ApiError if nothing listens on the port, a TransportError if the connection is lost
     * @throws {ApiError} with reason NotFound, Forbidden, or BadRequest for a pod that is not running
     * @example
     * const connection = await kube.pods.portForward("web-1", 8080);
     * const request = http.get({ path: "/metrics", createConnection: () => connection });
     */
    portForward(target: Target, port: number, options?: CallOptions): Promise<Duplex>;
  };
}
