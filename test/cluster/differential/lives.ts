const LABELS = { app: "web" };
const template = { metadata: { labels: LABELS }, spec: { containers: [{ name: "main", image: "none" }] } };
const selector = { matchLabels: LABELS };
const jobTemplate = { spec: { suspend: true, template: { spec: { ...template.spec, restartPolicy: "Never" } } } };

/** Objects whose lives both clients go through: by the keys of `access`, as little of each as the server takes. */
export const LIVES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  configmaps: { data: { color: "blue", empty: "" }, binaryData: { blob: "AAECAwQ=" } },
  secrets: { type: "Opaque", stringData: { password: "zwölf" } },
  services: { spec: { ports: [{ port: 80, targetPort: "http" }], selector: LABELS, clusterIP: "None" } },
  serviceaccounts: { automountServiceAccountToken: false },
  limitranges: {
    spec: { limits: [{ type: "Container", max: { memory: "1.5Gi" } }] },
  },
  resourcequotas: { spec: { hard: { "count/leases.example.test": "1e3" } } },
  persistentvolumeclaims: {
    spec: { accessModes: ["ReadWriteOnce"], storageClassName: "none", resources: { requests: { storage: "0.5Gi" } } },
  },
  podtemplates: { template },
  replicationcontrollers: { spec: { replicas: 0, selector: LABELS, template } },
  deployments: { spec: { paused: true, replicas: 0, selector, template } },
  replicasets: { spec: { replicas: 0, selector, template } },
  statefulsets: { spec: { replicas: 0, serviceName: "web", selector, template } },
  daemonsets: {
    spec: { selector, template: { ...template, spec: { ...template.spec, nodeSelector: { no: "node" } } } },
  },
  controllerrevisions: { revision: 7, data: { any: ["thing", 1.5, null] } },
  cronjobs: { spec: { schedule: "*/5 * * * *", suspend: true, jobTemplate } },
  jobs: { spec: { ...jobTemplate.spec } },
  horizontalpodautoscalers: {
    spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "none" } },
  },
  leases: {
    spec: { holderIdentity: "me", leaseDurationSeconds: 15, renewTime: "2026-01-01T00:00:00.123456Z" },
  },
  endpointslices: { addressType: "IPv4", endpoints: [{ addresses: ["192.0.2.1"] }], ports: [{ port: 80 }] },
  ingresses: { spec: { defaultBackend: { service: { name: "web", port: { name: "http" } } } } },
  networkpolicies: {
    spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ ports: [{ port: "http" }] }] },
  },
  poddisruptionbudgets: { spec: { maxUnavailable: "25%", selector } },
  roles: { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
  rolebindings: {
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "none" },
    subjects: [{ kind: "User", name: "a:b", apiGroup: "rbac.authorization.k8s.io" }],
  },
};
