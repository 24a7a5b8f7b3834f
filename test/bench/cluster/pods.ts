import type { AdminApi } from "./admin-api.ts";

/** Concurrent creations. */
const CONCURRENCY = 32;
const ACCOUNT_LIMIT_MS = 30_000;

/** Creates a namespace with a number of never-scheduled pods; existing ones count. */
export async function ensurePods(
  api: AdminApi,
  { namespace, count }: { readonly namespace: string; readonly count: number },
  tell: (line: string) => void,
): Promise<void> {
  await ensureNamespace(api, namespace);
  const have = await countPods(api, namespace);
  if (have === count) return;
  if (have > count) throw new Error(`${namespace} has ${have} pods, not ${count}: delete the namespace and run again`);
  if (count - have > 1_000) tell(`creating ${count - have} pods in ${namespace} …`);
  let next = 0;
  // Names that are taken are passed over, so that what an earlier run began is completed.
  const worker = async () => {
    while (next < count) await createPod(api, namespace, next++);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

async function ensureNamespace(api: AdminApi, name: string): Promise<void> {
  await api.call("POST", "/api/v1/namespaces", { metadata: { name } }, [409]);
  const account = `/api/v1/namespaces/${name}/serviceaccounts/default`;
  const deadline = Date.now() + ACCOUNT_LIMIT_MS;
  for (;;) {
    // Pods are refused before the controller has made the account they run as.
    const { kind } = await api.call<{ kind: string }>("GET", account, undefined, [404]);
    if (kind === "ServiceAccount") return;
    if (Date.now() > deadline) throw new Error(`no default ServiceAccount in ${name} after ${ACCOUNT_LIMIT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function countPods(api: AdminApi, namespace: string): Promise<number> {
  const page = await api.call<{ items: readonly unknown[]; metadata: { remainingItemCount?: number } }>(
    "GET",
    `/api/v1/namespaces/${namespace}/pods?limit=1`,
  );
  return page.items.length + (page.metadata.remainingItemCount ?? 0);
}

async function createPod(api: AdminApi, namespace: string, index: number): Promise<void> {
  await api.call("POST", `/api/v1/namespaces/${namespace}/pods`, pod(index), [409]);
}

/** A pod as deployments make them: 6.4 KB when the server has added what it adds. */
function pod(index: number): object {
  const name = `pod-${String(index).padStart(6, "0")}`;
  const labels = { app: `app-${index % 100}`, "app.kubernetes.io/part-of": "shop", "pod-template-hash": "5d8c6f9b7d" };
  const annotations = { "example.com/checksum": "f1d2d2f924e986ac86fdf7b36c94bcdf32beec15", "example.com/note": NOTE };
  return {
    metadata: { name, labels, annotations },
    // No scheduler has this name.
    spec: {
      schedulerName: "nobody",
      containers: [container("web", 8080), container("proxy", 9090)],
      volumes: [{ name: "tmp", emptyDir: {} }],
    },
  };
}

const NOTE = "Made by a rollout; the text stands for the annotations that tools leave behind. ".repeat(2);

function container(name: string, port: number): object {
  const probe = { httpGet: { path: "/healthz", port }, periodSeconds: 10 };
  const resources = { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } };
  return {
    name,
    image: `registry.example.com/shop/${name}:1.24.7`,
    args: ["--listen", `0.0.0.0:${port}`, "--log-format", "json", "--tracing", "--shutdown-delay", "5s"],
    env: Array.from({ length: 3 }, (_, index) => ({ name: `SETTING_${index}`, value: `value of ${name} ${index}` })),
    ports: [{ name: "http", containerPort: port }],
    livenessProbe: probe,
    ...(name === "web" ? { readinessProbe: probe } : {}),
    resources,
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
    securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
}
