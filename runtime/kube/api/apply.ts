import { readJson } from "../requests/request.ts";
import { applyRequest } from "../requests/writes.ts";
import type { ApplyOptions } from "../surface/call-options.ts";
import type { KubeObject } from "../surface/objects.ts";
import { plainCopy } from "../values/json.ts";
import type { MethodContext } from "./method-context.ts";

/** Server-side apply of one object, also as a text of YAML. */
export async function applyObject<T extends KubeObject>(
  context: MethodContext,
  input: KubeObject | string,
  options: ApplyOptions = {},
): Promise<T> {
  const given = typeof input === "string" ? input : plainCopy(input);
  const gvr = await context.gvr();
  const { fieldManager, place } = context;
  const object = typeof given === "string" ? await objectIn(given, gvr.resource) : given;
  return readJson<T>(await context.send(applyRequest(gvr, place, object, { fieldManager, ...options })));
}

/** The reader is in a job's bundle only where the job may give text to `apply`. */
async function objectIn(text: string, resource: string): Promise<KubeObject> {
  const { parseYaml } = await import("../values/yaml.ts");
  const [object, ...others] = await parseYaml(text);
  if (object !== undefined && others.length === 0) return object;
  const count = object === undefined ? "no object" : `${others.length + 1} objects`;
  throw new RangeError(
    `apply ${resource}: the YAML holds ${count}, and one is applied: parseYaml of "errand" gives each by itself`,
  );
}
