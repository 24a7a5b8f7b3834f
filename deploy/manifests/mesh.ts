/** How the sidecar of each service mesh is kept away from a pod: a proxy that outlives the job would keep its run from ending. */
const OPT_OUT = {
  labels: {
    // https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/
    "sidecar.istio.io/inject": "false",
    // https://kuma.io/docs/latest/production/dp-config/dpp-on-kubernetes/
    "kuma.io/sidecar-injection": "disabled",
  },
  annotations: {
    // https://linkerd.io/2/features/proxy-injection/
    "linkerd.io/inject": "disabled",
    // https://developer.hashicorp.com/consul/docs/k8s/annotations-and-labels
    "consul.hashicorp.com/connect-inject": "false",
  },
} as const;

/** Labels and annotations of a pod that stays out of service meshes. @param mesh `false` where it should */
export function meshOptOut(mesh: boolean | undefined): { readonly labels: object; readonly annotations: object } {
  return mesh === false ? OPT_OUT : { labels: {}, annotations: {} };
}
