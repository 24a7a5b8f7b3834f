import type { LookupFunction } from "node:net";
import { isIP } from "node:net";
import type { DeclaredHost } from "../job/http-hosts.ts";
import { type Lookup, resolveHost, systemLookup } from "./addresses.ts";

/** The part of undici's dispatchers that is used here. */
export interface Dispatcher {
  destroy(): Promise<void>;
}

type AgentClass = new (options: { readonly connect: { readonly lookup: LookupFunction } }) => Dispatcher;

/** Where undici, Node's own too, keeps the dispatcher that fetch uses. */
const GLOBAL_DISPATCHER = Symbol.for("undici.globalDispatcher.1");

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
  const current: unknown = Reflect.get(globalThis, GLOBAL_DISPATCHER);
  if (typeof current !== "object" || current === null) throw new Error("this Node has no fetch that errand knows");
  return new (current.constructor as AgentClass)({ connect: { lookup: checked } });
}
