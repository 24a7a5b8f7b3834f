import type { RenderInput } from "../../../deploy/manifests/render.ts";
import { resolveAccess } from "../../../runtime/job/access.ts";
import type { JobSettings } from "../../../runtime/job/definition.ts";
import { builtinCatalog } from "../../../runtime/kube/catalog/builtin.ts";

/** What renderManifests needs for a definition, with a bundle of a few bytes that is always the same. */
export function renderInput(name: string, definition: JobSettings): RenderInput {
  return {
    name,
    namespace: "team-a",
    definition,
    rules: resolveAccess(definition.access, builtinCatalog),
    bundle: {
      hash: "0123456789",
      files: {
        "main.cjs.zst": new Uint8Array([1, 2, 3]),
        "main.cjs.map.zst": new Uint8Array([4]),
      },
    },
    image: "node:26.10.0-slim",
  };
}
