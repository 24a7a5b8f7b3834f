import { NotDeclaredError } from "../errors/kube-error.ts";

/** Verbs whose method has another name than the verb, for the hint. */
const VERB_OF_METHOD: Readonly<Record<string, string>> = { apply: "patch", deleteCollection: "deletecollection" };

/**
 * Stands where `access` declares nothing: TypeScript does not compile such a call, and plain JavaScript is told here what is missing, before the network.
 *
 * @param key the name that was read of `kube`
 */
export function undeclaredResource(key: string): object {
  return new Proxy(
    {},
    {
      get(_target, method) {
        if (typeof method === "symbol" || method === "then" || method === "toJSON") return undefined;
        return () => {
          throw undeclared(key, method);
        };
      },
    },
  );
}

/** The error for a method of a resource that its declared verbs do not give. */
export function undeclared(key: string, method: string): NotDeclaredError {
  const verb = VERB_OF_METHOD[method] ?? method;
  return new NotDeclaredError(`the job may not ${verb} ${key}: its access does not declare it; nothing was sent`, {
    hint: `add ${/^[a-z]+$/.test(key) ? key : JSON.stringify(key)}: [${JSON.stringify(verb)}] to access and deploy again`,
  });
}
