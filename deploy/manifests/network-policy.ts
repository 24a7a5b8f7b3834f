import { isIP } from "node:net";
import { type DeclaredHost, type HttpHost, readHttpHost } from "../../runtime/job/http-hosts.ts";
import type { EgressRule } from "../../runtime/job/pod-fields.ts";
import { type JobIdentity, jobLabels, type Manifest } from "./manifest.ts";

/** Where DNS is served: by pods of any namespace, and at the link-local address of a cache on the node. */
const DNS_PEERS = [{ namespaceSelector: {} }, { ipBlock: { cidr: "169.254.0.0/16" } }];
const DNS_PORTS = [
  { protocol: "UDP", port: 53 },
  { protocol: "TCP", port: 53 },
];

/** The ports of the API server's Service and of the servers behind it. */
const HTTPS_PORT = 443;
const API_SERVER_PORTS = [443, 6443];

/**
 * The NetworkPolicy of a job with `egress`. It allows DNS, the API server if the job has access, what is declared there and in `http`, and nothing else.
 *
 * @param apiServer its address ranges. A policy cannot refer to it by name, so without them its ports are allowed at every address
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
          ...(definition.http ?? []).flatMap(httpRule),
        ],
      },
    },
  ];
}

/** Hosts of `http` that no NetworkPolicy can hold, since it knows addresses and pods but no names. */
export function namesBeyondPolicy(http: readonly HttpHost[]): string[] {
  return http.flatMap((host) => (httpRule(host).length > 0 ? [] : [typeof host === "string" ? host : host.host]));
}

/** Addresses, and the pods of the namespace that a Service is in: which pods, and at which ports they listen, stands in the Service alone. */
function httpRule(http: HttpHost): { readonly to: readonly object[]; readonly ports?: readonly object[] }[] {
  const declared = readHttpHost(http);
  const { name, port, addresses = [] } = declared;
  const ranges = isIP(name) === 0 ? addresses : [`${name}/${isIP(name) === 4 ? 32 : 128}`];
  if (ranges.length > 0) return [{ to: ranges.map((cidr) => ({ ipBlock: { cidr } })), ports: tcp([port]) }];
  const owner = serviceNamespace(declared);
  if (owner === undefined) return [];
  const labels = { "kubernetes.io/metadata.name": owner };
  return [{ to: [owner === "" ? { podSelector: {} } : { namespaceSelector: selector(labels) }] }];
}

/**
 * The namespace of the Service that a host may be; empty for the job's own, undefined where it is no Service. A name of two labels at another port than 443 is taken for one, since
 * `prometheus.monitoring:9090` is how people write them. https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 */
function serviceNamespace({ name, isWildcard, port }: DeclaredHost): string | undefined {
  const [, namespace, zone] = name.split(".");
  if (isWildcard || name === "localhost") return undefined;
  if (namespace === undefined) return "";
  return zone === "svc" || (zone === undefined && port !== HTTPS_PORT) ? namespace : undefined;
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
