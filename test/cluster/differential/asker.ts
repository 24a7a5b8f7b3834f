import type { BuiltinResource } from "../../../runtime/kube/catalog/builtin.ts";
import type { Answer } from "./answer.ts";

/** An object to send. */
export type AnyObject = Readonly<Record<string, unknown>> & {
  readonly metadata?: {
    readonly name: string;
    readonly labels?: Record<string, string>;
    readonly resourceVersion?: string;
  };
};

/** A request as both clients can make it. */
export type Asked =
  | { readonly verb: "get"; readonly name: string }
  | { readonly verb: "delete"; readonly name: string }
  | { readonly verb: "getScale"; readonly name: string }
  | { readonly verb: "getStatus"; readonly name: string }
  | { readonly verb: "scale"; readonly name: string; readonly replicas: number }
  | {
      readonly verb: "list";
      readonly everywhere?: true;
      readonly labelSelector?: string;
      readonly fieldSelector?: string;
      readonly limit?: number;
    }
  | { readonly verb: "create" | "update" | "apply"; readonly object: AnyObject }
  | {
      readonly verb: "patch";
      readonly name: string;
      readonly type: "merge" | "strategic" | "json";
      readonly patch: object;
    };

/** One client, in a namespace of its own. */
export interface Asker {
  ask(resource: BuiltinResource, asked: Asked): Promise<Answer>;
}
