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

/** `subresource:verb` → the methods that it allows. */
export interface MethodsBySubresource<T extends KubeObject> {
  "status:get": {
    /**
     * Reads an object by its status, for who may read nothing else of it; it comes whole.
     * https://kubernetes.io/docs/concepts/overview/working-with-objects/#object-spec-and-status
     * @throws {ApiError} with reason NotFound
     */
    getStatus(name: string, options?: CallOptions): Promise<Returned<T>>;
  };
  "status:update": {
    /**
     * Writes an object's status as a whole, if it was not changed since it was read; the server ignores what else it holds.
     * @throws {ApiError} with reason Conflict where it was
     */
    updateStatus(object: T, options?: UpdateOptions): Promise<Returned<T>>;
  };
  "status:patch": {
    /**
     * Merges fields into the status; everything else of the object stays.
     * @returns the object; `gone` or `changed` as for patch
     */
    patchStatus(target: Target, status: object, options?: WriteOptions): Promise<Returned<T> | "gone" | "changed">;
  };
  "finalize:update": {
    /**
     * Writes a namespace's `spec.finalizers`, which nothing else changes: without them one goes that is stuck in Terminating, and what is still in it is left in the store.
     * https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
     * @param object as it was read, with the finalizers that shall be left
     * @throws {ApiError} with reason Conflict where it was changed since
     */
    updateFinalize(object: T, options?: UpdateOptions): Promise<Returned<T>>;
  };
  "approval:update": {
    /**
     * Approves or denies a CertificateSigningRequest, by the condition in its status. The API server also wants the verb `approve` on the request's signer, which
     * `access` cannot give: bind it to the job's ServiceAccount.
     * https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#approval-rejection-api-client
     * @param object as it was read, with a condition of type Approved or Denied
     * @throws {ApiError} with reason Forbidden without that right, Conflict where it was changed since
     */
    updateApproval(object: T, options?: UpdateOptions): Promise<Returned<T>>;
  };
  "scale:get": {
    /**
     * Reads how many replicas there are, and how many there should be.
     * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/scale-v1/
     * @throws {ApiError} with reason NotFound
     */
    getScale(name: string, options?: CallOptions): Promise<Returned<Scale>>;
  };
  "scale:update": {
    /**
     * Writes a scale that was read, if neither it nor its object was changed since; 0 is a number like others.
     * @throws {ApiError} with reason Conflict where it was
     * @throws {RangeError} before anything is sent, for what is not a number of replicas, and without the resourceVersion unless `unconditional` is set
     */
    updateScale(scale: Scale, options?: UpdateOptions): Promise<Returned<Scale>>;
  };
  "scale:patch": {
    /**
     * Sets the number of replicas; 0 is a number like others.
     * @returns the scale; `gone` or `changed` as for patch
     * @throws {RangeError} before anything is sent, for what is not a number of replicas
     */
    scale(target: Target, replicas: number, options?: WriteOptions): Promise<Returned<Scale> | "gone" | "changed">;
  };
  "log:get": {
    /**
     * The lines of a container's log, without their ends. With `follow` a cut connection is taken up again without losing or repeating a line, until the
     * container's run has ended; where it has been started again by that moment, its next run follows.
     * @throws {ApiError} with reason BadRequest for a container that has not started, or where the pod has several and none is named
     * @throws {RangeError} before anything is sent, for `since` together with `sinceTime`
     */
    logs(target: Target, options?: LogOptions): AsyncIterable<string>;
  };
  "eviction:create": {
    /**
     * Takes a pod off its node as its disruption budget allows, and waits until it does, as long as the run or `timeout` lasts.
     * https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
     * @returns `evicted`; `gone` or `changed` as for delete
     * @throws {WaitTimeoutError} when the budget does not allow it within the timeout
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
     * Adds a container to a running pod, to look into it; it cannot be taken away again.
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
     * Puts a pod that is not scheduled yet on a node.
     * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/binding-v1/
     * @param node the node's name
     * @throws {ApiError} with reason Conflict where the pod is on a node already, or no longer the one that was given
     */
    bind(target: Target, node: string, options?: ChangeOptions): Promise<void>;
  };
  "token:create": {
    /**
     * Makes a token for a service account. The API server stores nothing of it, and gives one that is valid in a dry run as well.
     * https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
     * @throws {ApiError} with reason NotFound where there is no such account
     */
    createToken(name: string, options?: TokenOptions): Promise<ServiceAccountToken>;
  };
  "proxy:get": {
    /**
     * What a node's kubelet, a pod (`name` or `name:port`) or a service (`name:port`) answers to a GET, as text.
     * https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/#manually-constructing-apiserver-proxy-urls
     * @param path such as `/metrics`; what would follow a `?` is given as `query`
     * @throws {ApiError} for an answer that is an error, with reason ServiceUnavailable where nothing answers
     */
    proxy(target: Target, path: string, options?: PathOptions & { readonly method?: "GET" }): Promise<string>;
    /** The same, read as Prometheus metrics. */
    proxyMetrics(target: Target, path: string, options?: PathOptions): AsyncIterable<Sample>;
  };
  "proxy:create": {
    /**
     * What they answer to a POST, as text. It is sent once, counts against the limits as a `create` of `services/proxy` (`pods/proxy`, `nodes/proxy`), and is
     * refused in a dry run.
     * @throws {ApiError} for an answer that is not a success. It does not quote it, since it may repeat the body; `outcomeUnknown` unless it is one of 400 to 499
     */
    proxy(target: Target, path: string, options: ProxyWriteOptions<"POST">): Promise<string>;
  };
  "proxy:update": {
    /** What they answer to a PUT; else as POST. */
    proxy(target: Target, path: string, options: ProxyWriteOptions<"PUT">): Promise<string>;
  };
  "proxy:patch": {
    /** What they answer to a PATCH; else as POST. */
    proxy(target: Target, path: string, options: ProxyWriteOptions<"PATCH">): Promise<string>;
  };
  "proxy:delete": {
    /** What they answer to a DELETE; else as POST. */
    proxy(target: Target, path: string, options: ProxyWriteOptions<"DELETE">): Promise<string>;
  };
  "exec:create": {
    /**
     * Runs a command in a container, without a shell. It is never made again, and ending the call does not end the command; refused in a dry run.
     * @returns the command's own exit code and what it said, up to 16 MiB: take more by `onStdout`
     * @throws {ApiError} where the command cannot be run, {TransportError} where nobody knows how it ended: that is never 0
     */
    exec(target: Target, command: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  };
  "attach:create": {
    /**
     * Joins the streams of a container's own process, until it ends; ending the call does not end the process. Refused in a dry run.
     * @returns what it said, without its exit code: that is in `status.containerStatuses` of the pod
     * @throws as `exec`
     */
    attach(target: Target, options?: ExecOptions): Promise<AttachResult>;
  };
  "portforward:create": {
    /**
     * Connects to a port of a pod, also one that only its loopback serves, and gives the connection as a stream. It is refused in a dry run.
     *
     * One call is one connection. It ends when the pod closes it, with `destroy()`, or with the signal, whose reason is then the stream's error.
     * The protocol cannot close one direction alone: `end()` ends what is written without telling the pod.
     * https://kubernetes.io/docs/tasks/access-application-cluster/port-forward-access-application-cluster/
     *
     * @param port 1 to 65535
     * @returns its `error` is an ApiError where nothing listens at the port, a TransportError where the connection breaks
     * @throws {ApiError} with reason NotFound, Forbidden, or BadRequest for a pod that does not run
     * @example
     * const connection = await kube.pods.portForward("web-1", 8080);
     * const request = http.get({ path: "/metrics", createConnection: () => connection });
     */
    portForward(target: Target, port: number, options?: CallOptions): Promise<Duplex>;
  };
}
