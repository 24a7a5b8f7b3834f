import { isIP } from "node:net";
import { isCidr } from "./pod-fields.ts";
import { type DefinitionProblem, isRecord, problem } from "./problem.ts";

/**
 * A host that a job may call: `hooks.slack.com` (port 443), `prometheus.monitoring:9090`, `*.amazonaws.com` (any name below it), `10.1.2.3:8080`, `[fd00::1]:443`. A name that resolves to a
 * private address is refused unless it is a Service of the cluster, or `addresses` has the range.
 */
export type HttpHost = string | { readonly host: string; readonly addresses: readonly string[] };

/** A parsed host. */
export interface DeclaredHost {
  /** Lower case, without a trailing dot; an IPv6 address without brackets. */
  readonly name: string;
  /** True for `*.name`: names below it match, the name itself does not. */
  readonly isWildcard: boolean;
  readonly port: number;
  /** Allowed ranges of its addresses. Absent: public addresses, and Services of the cluster. */
  readonly addresses?: readonly string[];
}

const DEFAULT_PORT = 443;
const PORTS: Readonly<Record<string, number>> = { "https:": 443, "http:": 80 };
/** https://www.rfc-editor.org/rfc/rfc1123#section-2.1 */
const NAME = /^(?=.{1,253}$)[a-z0-9_](?:[-a-z0-9_]*[a-z0-9_])?(?:\.[a-z0-9_](?:[-a-z0-9_]*[a-z0-9_])?)*$/;
const EXPECTED = 'expected a host, such as "hooks.slack.com", "prometheus.monitoring:9090" or "*.amazonaws.com"';

/**
 * Parses one host of a job's `http`.
 *
 * @throws {RangeError} with the expected format
 */
export function readHttpHost(declared: HttpHost): DeclaredHost {
  const { host, addresses } = typeof declared === "string" ? { host: declared, addresses: undefined } : declared;
  if (host.includes("://")) throw new RangeError("expected the host alone, without https:// and a path");
  const isWildcard = host.startsWith("*.");
  const { name, port } = splitHost(isWildcard ? host.slice(2) : host);
  if (isWildcard && (isIP(name) !== 0 || !name.includes("."))) {
    throw new RangeError('expected at least two labels after "*.", such as "*.amazonaws.com"');
  }
  return { name, isWildcard, port, ...(addresses === undefined ? {} : { addresses }) };
}

function splitHost(host: string): { readonly name: string; readonly port: number } {
  const [, bracketed, plain = "", portText] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(host) ?? [];
  const port = portText === undefined ? DEFAULT_PORT : Number(portText);
  if (port < 1 || port > 65_535) throw new RangeError("expected a port from 1 to 65535");
  // Normalized by URL, like the URLs that are compared with it.
  const literal = bracketed === undefined ? plain : `[${bracketed}]`;
  const url = URL.canParse(`http://${literal}/`) ? new URL(`http://${literal}/`) : undefined;
  const name = url === undefined ? "" : plainHost(url);
  const isName = bracketed === undefined ? isIP(name) === 4 || NAME.test(name) : isIP(name) === 6;
  if (!isName || /[/?#@\\%\s]/.test(plain)) throw new RangeError(EXPECTED);
  return { name, port };
}

/** The host of a URL in the form of {@link DeclaredHost}'s name. */
export function plainHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}

export function portOf({ port, protocol }: URL): number {
  return port === "" ? (PORTS[protocol] ?? DEFAULT_PORT) : Number(port);
}

/** The declared host for a URL; exact names win over wildcards. */
export function findHost(hosts: readonly DeclaredHost[], url: URL): DeclaredHost | undefined {
  const name = plainHost(url);
  const port = portOf(url);
  const matching = hosts.filter(
    (host) => host.port === port && (host.isWildcard ? name.endsWith(`.${host.name}`) : name === host.name),
  );
  return matching.find(({ isWildcard }) => !isWildcard) ?? matching[0];
}

export function findHttpProblems(http: unknown): DefinitionProblem[] {
  if (http === undefined) return [];
  if (!Array.isArray(http) || http.length === 0) {
    return [problem("http", 'expected a list of hosts, such as ["hooks.slack.com"]')];
  }
  return http.flatMap((host: unknown, index) => findHostProblems(`http[${index}]`, host));
}

function findHostProblems(field: string, declared: unknown): DefinitionProblem[] {
  if (isHttpHost(declared)) {
    try {
      readHttpHost(declared);
    } catch (error) {
      if (error instanceof RangeError) return [problem(field, error.message)];
      throw error;
    }
    return [];
  }
  if (!isRecord(declared) || typeof declared.host !== "string") return [problem(field, EXPECTED)];
  return [problem(`${field}.addresses`, 'expected address ranges, such as ["10.1.0.0/16"], and no other field')];
}

function isHttpHost(value: unknown): value is HttpHost {
  if (typeof value === "string") return true;
  if (!isRecord(value) || typeof value.host !== "string" || Object.keys(value).length !== 2) return false;
  return Array.isArray(value.addresses) && value.addresses.length > 0 && value.addresses.every(isCidr);
}
