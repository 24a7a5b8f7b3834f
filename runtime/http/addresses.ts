import { lookup as lookupName } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import type { DeclaredHost } from "../job/http-hosts.ts";
import { NotDeclaredError } from "../kube/errors/kube-error.ts";

/** Resolves a name to all of its addresses. */
export type Lookup = (name: string) => Promise<readonly string[]>;

export const systemLookup: Lookup = async (name) =>
  (await lookupName(name, { all: true, order: "verbatim" })).map(({ address }) => address);

type Kind = "public" | "private" | "local";

/**
 * Addresses that public names must not resolve to. `local` is this machine and its link, including cloud metadata, and never the address of a Service.
 * https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-special-registry; 64:ff9b::/96, 2002::/16 and 2001::/32 hold IPv4 addresses.
 */
const RANGES: Readonly<Record<Exclude<Kind, "public">, readonly string[]>> = {
  local: [
    "0.0.0.0/8",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "224.0.0.0/3",
    "::/127",
    "fe80::/10",
    "ff00::/8",
    "fd00:ec2::/32",
  ],
  private: [
    ...["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15"],
    ...["64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fc00::/7", "fec0::/10"],
  ],
};

function blockListOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", bits = ""] = range.split("/");
    list.addSubnet(network, Number(bits), isIP(network) === 4 ? "ipv4" : "ipv6");
  }
  return list;
}

function has(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
}

let lists: { readonly local: BlockList; readonly private: BlockList } | undefined;

function kindOf(address: string): Kind {
  lists ??= { local: blockListOf(RANGES.local), private: blockListOf(RANGES.private) };
  if (has(lists.local, address)) return "local";
  return has(lists.private, address) ? "private" : "public";
}

/**
 * Resolves the host of a call, and refuses undeclared addresses: private ones unless the name is a Service of the cluster, and those of the machine and its link, such as
 * a cloud's metadata, for any name but `localhost`.
 *
 * @param hostname from the URL; may be an address
 * @param namespace the run's, for Services with a single label
 * @returns the addresses to connect to
 * @throws {NotDeclaredError} for a refused address; also passes on errors of `lookup`
 */
export async function resolveHost(
  hostname: string,
  declared: DeclaredHost,
  namespace: string,
  lookup: Lookup,
): Promise<readonly string[]> {
  if (isIP(hostname) !== 0) return [hostname];
  const addresses = await lookup(hostname);
  for (const address of addresses) {
    if (!(await isAllowed(address, hostname, declared, { namespace, lookup }))) throw refusedAddress(address, hostname);
  }
  return addresses;
}

interface Place {
  readonly namespace: string;
  readonly lookup: Lookup;
}

async function isAllowed(address: string, hostname: string, declared: DeclaredHost, place: Place): Promise<boolean> {
  if (declared.addresses !== undefined) return has(blockListOf(declared.addresses), address);
  const kind = kindOf(address);
  if (kind === "public") return true;
  if (kind === "local") return hostname === "localhost" && !declared.isWildcard;
  return await isService(hostname, address, place);
}

/**
 * True if a Service with this name has this address. `prometheus.monitoring` could also be a public name, so this looks up
 * `prometheus.monitoring.svc`, which is in no public zone. https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 */
async function isService(hostname: string, address: string, { namespace, lookup }: Place): Promise<boolean> {
  const [service = "", owner = namespace, zone = "svc"] = hostname.split(".");
  if (zone !== "svc") return false;
  try {
    return (await lookup(`${service}.${owner}.svc`)).includes(address);
  } catch {
    return false;
  }
}

function refusedAddress(address: string, hostname: string): NotDeclaredError {
  const range = `${address}/${isIP(address) === 4 ? 32 : 128}`;
  return new NotDeclaredError(`${hostname} resolves to ${address}, which is not a public address; nothing was sent`, {
    hint: `if it is meant, declare it in http: { host: "${hostname}", addresses: ["${range}"] }`,
  });
}
