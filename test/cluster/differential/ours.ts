import { ApiError } from "../../../runtime/kube/errors/api-error.ts";
import { answerOf } from "./answer.ts";
import type { Asked, Asker } from "./asker.ts";

/** The methods of a resource, whatever it is. */
interface Methods {
  get(name: string): Promise<unknown>;
  list(options: object): { toArray(): Promise<unknown[]> };
  create(object: object, options: object): Promise<unknown>;
  update(object: object, options: object): Promise<unknown>;
  apply(object: object): Promise<unknown>;
  patch(name: string, patch: object, options: object): Promise<unknown>;
  delete(name: string): Promise<unknown>;
  getStatus(name: string): Promise<unknown>;
  getScale(name: string): Promise<unknown>;
  scale(name: string, replicas: number): Promise<unknown>;
}

type AnyKube = Readonly<Record<string, Methods>> & { readonly allNamespaces: Readonly<Record<string, Methods>> };

/** Our own client. Errors that it turns into results are reported as the errors. */
export function ours(kube: object): Asker {
  const any = kube as AnyKube;
  return {
    async ask(resource, asked) {
      const key = resource.group === "" ? resource.resource : `${resource.resource}.${resource.group}`;
      const methods = (asked.verb === "list" && asked.everywhere ? any.allNamespaces : any)[key];
      if (methods === undefined) throw new RangeError(`there is no ${key}`);
      return await answerOf(callOurs(methods, asked), (error) => {
        if (!(error instanceof ApiError)) throw error;
        const { code, reason, serverMessage, details } = error;
        return { code, reason, message: serverMessage, details };
      });
    },
  };
}

async function callOurs(methods: Methods, asked: Asked): Promise<unknown> {
  const lenient = { fieldValidation: "Warn" };
  switch (asked.verb) {
    case "get":
      return await methods.get(asked.name);
    case "delete":
      return await methods.delete(asked.name);
    case "getStatus":
      return await methods.getStatus(asked.name);
    case "getScale":
      return await methods.getScale(asked.name);
    case "scale":
      return await methods.scale(asked.name, asked.replicas);
    case "create":
      return await methods.create(asked.object, lenient);
    case "update":
      return await methods.update(asked.object, lenient);
    case "apply":
      return await methods.apply(asked.object);
    case "patch":
      return await methods.patch(asked.name, asked.patch, { ...lenient, type: asked.type });
    case "list": {
      const { verb: _verb, everywhere: _everywhere, ...options } = asked;
      return await methods.list(options).toArray();
    }
  }
}
