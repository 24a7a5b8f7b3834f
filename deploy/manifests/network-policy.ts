import type { EgressRule } from "../../runtime/job/pod-fields.ts";
import { type JobIdentity, jobLabels, type Manifest } from "./manifest.ts";

/** Where clusters answer names: pods of any namespace, and the link-local address of a cache on the node. */
const DNS_PEERS = [{ namespaceSelector: {} }, { ipBlock: { cidr: "169.254.0.0/16" } }];
const DNS_PORTS = [
  { protocol: "UDP", port: 53 },
  { protocol: "TCP", port: 53 },
];

/** Where API servers listen: the port of the Service, and that of the servers behind it. */
const API_SERVER_PORTS = [443, 6443];

/**
 * The NetworkPolicy of a job with `egress`: DNS, the API server where the job has access, what is declared, and nothing else.
 *
 * @param apiServer its addresses; a policy cannot name it, so that without them its ports are open to every address
 */
export function networkPolicy(
  { name, namespace, definition }: JobIdentity,
  hasAccess: boolean,
  apiServer: readonly string[] | undefined,
): Manifest[] {
  if (definition.egress === undefined) return [];
  const labels = jobLabels(name);
  return [
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name, namespace, labels },
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ["Egress"],
        egress: [
          { to: DNS_PEERS, ports: DNS_PORTS },
          ...(hasAccess ? [apiServerRule(apiServer)] : []),
          ...definition.egress.map(egressRule),
        ],
      },
    },
  ];
}

function apiServerRule(addresses: readonly string[] | undefined) {
  return {
    ...(addresses === undefined ? {} : { to: addresses.map((cidr) => ({ ipBlock: { cidr } })) }),
    ports: tcp(API_SERVER_PORTS),
  };
}

function egressRule({ cidr, except, pods, namespaces, ports }: EgressRule) {
  const peer =
    cidr === undefined
      ? {
          ...(namespaces === undefined ? {} : { namespaceSelector: selector(namespaces) }),
          ...(pods === undefined ? {} : { podSelector: selector(pods) }),
        }
      : { ipBlock: { cidr, ...(except === undefined ? {} : { except }) } };
  return { to: [peer], ...(ports === undefined ? {} : { ports: tcp(ports) }) };
}

function selector(labels: Readonly<Record<string, string>>) {
  return Object.keys(labels).length === 0 ? {} : { matchLabels: labels };
}

function tcp(ports: readonly number[]) {
  return ports.map((port) => ({ protocol: "TCP", port }));
}
