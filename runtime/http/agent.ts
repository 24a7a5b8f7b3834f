import type { LookupFunction } from "node:net";
import { isIP } from "node:net";
import type { DeclaredHost } from "../job/http-hosts.ts";
import { type Lookup, resolveHost, systemLookup } from "./addresses.ts";

/** The part of undici's dispatchers that is used here. */
export interface Dispatcher {
  destroy(): Promise<void>;
}

type AgentClass = new (options: { readonly connect: { readonly lookup: LookupFunction } }) => Dispatcher;

/** Where undici, Node's own too, keeps the dispatcher that fetch uses, the newest version's first. https://undici.nodejs.org/#/docs/api/GlobalInstallation */
const GLOBAL_DISPATCHERS = [2, 1].map((version) => Symbol.for(`undici.globalDispatcher.${version}`));

/**
 * Connections of Node's fetch whose names are resolved here, each time anew, so that what is connected to is what was checked. The class is that of the dispatcher that fetch has: with
 * `NODE_USE_ENV_PROXY` that is one which goes through the environment's proxy, which then resolves the names.
 *
 * @param declared the hosts by name; a name that is not among them is a proxy's
 */
export function createAgent(
  declared: ReadonlyMap<string, DeclaredHost>,
  namespace: string,
  lookup: Lookup,
): Dispatcher {
  const resolve = async (hostname: string): Promise<readonly string[]> => {
    const host = declared.get(hostname.replace(/\.$/, ""));
    return host === undefined ? await systemLookup(hostname) : await resolveHost(hostname, host, namespace, lookup);
  };
  const checked: LookupFunction = (hostname, { all, family }, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        const usable = family === 4 || family === 6 ? found.filter((each) => each.family === family) : found;
        const [first] = usable;
        if (first === undefined) callback(new Error(`${hostname} has no address`), "");
        else if (all) callback(null, usable);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ""),
    );
  };
  return new (classOfFetch())({ connect: { lookup: checked } });
}

/** @throws {Error} rather than to send anything over connections that are not checked */
function classOfFetch(): AgentClass {
  new Headers(); // loads undici, which then has its dispatcher
  const current = GLOBAL_DISPATCHERS.map((key): unknown => Reflect.get(globalThis, key)).find(
    (each) => each !== undefined,
  );
  if (typeof current !== "object" || current === null) throw new Error("this Node's fetch has no dispatcher");
  return current.constructor as AgentClass;
}
