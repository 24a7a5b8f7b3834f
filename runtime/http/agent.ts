import type { LookupFunction } from "node:net";
import { isIP } from "node:net";
import type { DeclaredHost } from "../job/http-hosts.ts";
import { type Lookup, resolveHost, systemLookup } from "./addresses.ts";

/** The used part of undici's dispatchers. */
export interface Dispatcher {
  destroy(): Promise<void>;
}

type AgentClass = new (options: { readonly connect: { readonly lookup: LookupFunction } }) => Dispatcher;

/** Where undici, including Node's own, keeps fetch's dispatcher, newest version first. https://undici.nodejs.org/#/docs/api/GlobalInstallation */
const GLOBAL_DISPATCHERS = [2, 1].map((version) => Symbol.for(`undici.globalDispatcher.${version}`));

/**
 * An agent for Node's fetch that resolves names itself for each connection, so that the connected address is the checked one. It extends the class of fetch's own dispatcher: with
 * `NODE_USE_ENV_PROXY` that one uses the environment's proxy, which then resolves the names.
 *
 * @param declared the hosts by name; any other name is a proxy's
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

/** @throws {Error} rather than using unchecked connections */
function classOfFetch(): AgentClass {
  new Headers(); // loads undici, which sets its dispatcher
  const current = GLOBAL_DISPATCHERS.map((key): unknown => Reflect.get(globalThis, key)).find(
    (each) => each !== undefined,
  );
  if (typeof current !== "object" || current === null) throw new Error("this Node's fetch has no dispatcher");
  return current.constructor as AgentClass;
}
