import { BlockList, isIP } from "node:net";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a server according to HTTPS_PROXY and NO_PROXY, as Go programs read them.
 * https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 *
 * @param server an https URL
 * @returns the proxy's URL; undefined for a direct connection
 */
export function proxyFromEnvironment(server: string, env: Environment): string | undefined {
  const proxy = env.HTTPS_PROXY || env.https_proxy;
  if (!proxy) return undefined;
  const url = new URL(server);
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (isLoopback(host) || isExcluded(host, url.port || "443", env.NO_PROXY ?? env.no_proxy ?? "")) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

function isExcluded(host: string, port: string, list: string): boolean {
  return list
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== "" && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return isWithin(entry, host);
  const { name, onlyPort } = splitPort(entry);
  if (onlyPort !== undefined && onlyPort !== port) return false;
  if (isIP(name) !== 0 || isIP(host) !== 0) return name === host;
  const suffix = name.replace(/^\*?\./, "");
  const isSubdomain = host.endsWith(`.${suffix}`);
  return suffix === name ? host === name || isSubdomain : isSubdomain;
}

function splitPort(entry: string): { readonly name: string; readonly onlyPort: string | undefined } {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(entry);
  return match === null
    ? { name: entry, onlyPort: undefined }
    : { name: match[1] ?? match[2] ?? "", onlyPort: match[3] };
}

function isWithin(cidr: string, host: string): boolean {
  const [network = "", bits = ""] = cidr.split("/");
  const family = isIP(host);
  if (family === 0 || family !== isIP(network) || !/^\d+$/.test(bits)) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const block = new BlockList();
  block.addSubnet(network, Number(bits), type);
  return block.check(host, type);
}
