import type { ResourceInfo } from "../job/access.ts";
import { builtinResources } from "../kube/catalog/builtin.ts";
import type { KubeObject } from "../kube/surface/objects.ts";
import { TokenRegistry } from "./auth/authentication.ts";
import { bootstrapRoles } from "./auth/bootstrap-roles.ts";
import { serveCustomResources } from "./controllers/custom-resources.ts";
import { GarbageCollector } from "./controllers/garbage-collector.ts";
import { manageNamespaces } from "./controllers/namespaces.ts";
import { type Fault, PendingFaults } from "./faults/faults.ts";
import { createApp } from "./http/app.ts";
import { AuditLog } from "./http/audit.ts";
import { serverCertificate } from "./http/certificate.ts";
import { listen } from "./http/listener.ts";
import { PodLogs, RunningPods } from "./kubelet/running-pods.ts";
import type { ApiObject } from "./objects/api-object.ts";
import { NAMESPACES, ResourceTable } from "./objects/resource-table.ts";
import type { SeedDocument } from "./seed/read-documents.ts";
import { seedObjects } from "./seed/seed-objects.ts";
import { type NewObject, ObjectStore } from "./storage/object-store.ts";
import { type Backend, Deferred } from "./verbs/backend.ts";

/** Options of {@link startEmbeddedCluster}. */
export interface EmbeddedClusterOptions {
  /** Port on loopback. Default: a free one. */
  readonly port?: number;
  /** Custom resources to serve without a CustomResourceDefinition. */
  readonly customResources?: readonly ResourceInfo[];
  /** Faults to inject; more can be added later. */
  readonly faults?: readonly Fault[];
  /** How long a running pod takes to end once it is deleted, in milliseconds. Default: 50. */
  readonly podTerminationMs?: number;
}

/** A Kubernetes API in memory, over HTTPS on loopback, with RBAC, for tests and development. */
export interface EmbeddedCluster extends AsyncDisposable {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** The certificate to trust, as PEM. */
  readonly ca: string;
  /** A bearer token with all rights. */
  readonly adminToken: string;
  /** Direct access to the objects, without rules: for tests, controllers and the kubelet. */
  readonly store: ObjectStore;
  readonly faults: PendingFaults;
  readonly audit: AuditLog;
  /** Logs of the pods that ran here. */
  readonly logs: PodLogs;
  readonly runningPods: RunningPods;
  /**
   * Stores objects unchanged, with status, uid and times. Replaces existing ones and creates missing namespaces.
   * @returns the stored objects
   * @throws {RangeError} for a kind that is not served, or an object without a name
   */
  applyObjects(objects: readonly KubeObject[]): ApiObject[];
  /**
   * Stores the objects of documents, such as the output of `kubectl get -o yaml`, with new uids and the API server's defaults: all or none.
   * @param namespace of objects without one. Default: `default`
   * @throws {RangeError} with every problem and its document
   */
  applyDocuments(documents: readonly SeedDocument[], namespace?: string): ApiObject[];
  /**
   * Issues a token for a service account.
   * @param lifetimeSeconds default: 3600
   * @throws {ApiStatusError} 404 if the account does not exist
   */
  createServiceAccountToken(namespace: string, name: string, lifetimeSeconds?: number): string;
  /** An administrator's kubeconfig, for kubectl and errand. @param namespace of its context. Default: `default` */
  kubeconfig(namespace?: string): string;
  /** The resource of a kind. @throws {RangeError} for a kind that is not served */
  resourceOf(apiVersion: string, kind: string): ResourceInfo;
  /** Ends all connections, timers and watches. Idempotent. */
  close(): Promise<void>;
}

const DEFAULT_POD_TERMINATION_MS = 50;
const DEFAULT_TOKEN_SECONDS = 3_600;
const FIRST_NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];

/**
 * Starts a Kubernetes API in memory.
 *
 * @example
 * await using cluster = await startEmbeddedCluster();
 * cluster.applyObjects([{ apiVersion: "v1", kind: "Pod", metadata: { name: "a", namespace: "team" } }]);
 */
export async function startEmbeddedCluster(options: EmbeddedClusterOptions = {}): Promise<EmbeddedCluster> {
  const store = new ObjectStore();
  const backend: Backend = {
    store,
    resources: new ResourceTable([...builtinResources(), ...(options.customResources ?? [])]),
    tokens: new TokenRegistry(store),
    deferred: new Deferred(),
    logs: new PodLogs(),
    runningPods: new RunningPods(),
    podTerminationMs: options.podTerminationMs ?? DEFAULT_POD_TERMINATION_MS,
  };
  const certificate = serverCertificate();
  const faults = new PendingFaults(options.faults);
  const audit = new AuditLog();
  const collector = new GarbageCollector(backend);
  const stops = [manageNamespaces(backend, certificate.certificate), serveCustomResources(backend)];
  putObjects(backend, [...FIRST_NAMESPACES.map(namespaceObject), ...bootstrapRoles()]);
  const listener = await listen(createApp(backend, faults, audit), certificate, options.port ?? 0);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    backend.deferred.close();
    collector.close();
    for (const stop of stops) stop();
    closed ??= listener.close();
    return closed;
  };
  const url = `https://127.0.0.1:${listener.port}`;
  return {
    url,
    port: listener.port,
    ca: certificate.certificate,
    adminToken: backend.tokens.admin,
    store,
    faults,
    audit,
    logs: backend.logs,
    runningPods: backend.runningPods,
    applyObjects: (objects) => putObjects(backend, objects),
    applyDocuments: (documents, namespace = "default") =>
      putObjects(backend, seedObjects(documents, backend.resources.all, namespace)),
    createServiceAccountToken: (namespace, name, lifetimeSeconds = DEFAULT_TOKEN_SECONDS) =>
      backend.tokens.issueFor(namespace, name, lifetimeSeconds),
    kubeconfig: (namespace = "default") =>
      kubeconfigText({ url, ca: certificate.certificate, token: backend.tokens.admin, namespace }),
    resourceOf: (apiVersion, kind) => resourceOf(backend, apiVersion, kind),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function namespaceObject(name: string): NewObject {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  };
}

function resourceOf({ resources }: Backend, apiVersion: string | undefined, kind: string | undefined): ResourceInfo {
  const info = resources.ofKind(apiVersion, kind);
  if (!info)
    throw new RangeError(
      `The embedded API does not serve ${kind} of ${apiVersion}: apply its CustomResourceDefinition first, or pass customResources`,
    );
  return info;
}

function putObjects(backend: Backend, objects: readonly KubeObject[]): ApiObject[] {
  return objects.map((object) => putObject(backend, object));
}

function putObject(backend: Backend, object: KubeObject): ApiObject {
  const { store } = backend;
  const info = resourceOf(backend, object.apiVersion, object.kind);
  const { name, namespace: own } = object.metadata ?? {};
  if (!name) throw new RangeError(`A ${object.kind} without metadata.name cannot be stored`);
  const namespace = info.namespaced ? (own ?? "default") : undefined;
  if (namespace !== undefined) ensureNamespace(store, namespace);
  const metadata = { ...object.metadata, name, ...(namespace === undefined ? {} : { namespace }) };
  const existing = store.get(info, namespace, name);
  const complete = { ...object, apiVersion: object.apiVersion ?? "", kind: object.kind ?? "", metadata };
  if (!existing) return store.insert(info, complete);
  const kept = { ...existing.metadata, ...metadata };
  return store.replace(info, { ...complete, metadata: kept });
}

function ensureNamespace(store: ObjectStore, name: string): void {
  if (!store.get(NAMESPACES, undefined, name)) store.insert(NAMESPACES, namespaceObject(name));
}

export interface KubeconfigInput {
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
  /** Of the context. */
  readonly namespace: string;
}

const CONTEXT_NAME = "errand-embedded";

/** A kubeconfig as JSON, which is valid YAML. */
export function kubeconfigText({ url, ca, token, namespace }: KubeconfigInput): string {
  const certificate = Buffer.from(ca).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: CONTEXT_NAME, cluster: { server: url, "certificate-authority-data": certificate } }],
    users: [{ name: CONTEXT_NAME, user: { token } }],
    contexts: [{ name: CONTEXT_NAME, context: { cluster: CONTEXT_NAME, user: CONTEXT_NAME, namespace } }],
    "current-context": CONTEXT_NAME,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
