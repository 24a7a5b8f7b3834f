import { hasReason } from "../errors/api-error.ts";
import type { WriteOptions } from "../surface/call-options.ts";
import type { KubeObject } from "../surface/objects.ts";
import { getObject } from "./get.ts";
import type { MethodContext } from "./method-context.ts";
import { updateObject } from "./update.ts";

/** As often as client-go tries. https://github.com/kubernetes/client-go/blob/master/util/retry/util.go */
const MAX_TRIES = 5;
const PAUSE_MS = 10;

/** Reads an object, changes it and writes it back; reads it again where somebody else was faster. */
export async function modifyObject<T extends KubeObject>(
  context: MethodContext,
  name: string,
  change: (object: T) => T | Promise<T>,
  options: WriteOptions = {},
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const object = await getObject<T>(context, name, options);
    try {
      return await updateObject<T>(context, await change(object), options);
    } catch (error) {
      if (!hasReason(error, "Conflict") || attempt === MAX_TRIES) throw error;
      await context.sleep(PAUSE_MS * 2 ** attempt, options.signal ?? context.signal);
    }
  }
}
