import { isDeepStrictEqual } from "node:util";
import { ApiError, defineJob, type ObjectOf, type Returned } from "errand";
import { z } from "zod";

/** Marks a copy, and says of what it is one. Objects without it are somebody else's. */
const SOURCE = "errand/copied-from";

const params = z.strictObject({
  kind: z.enum(["Secret", "ConfigMap"]).default("ConfigMap").describe("What is copied"),
  name: z.string().default("shared-config").describe("Which one, in the job's own namespace"),
  namespaceSelector: z.string().default("errand/copy=true").describe("Labels of the namespaces that get a copy"),
});

type Source = Returned<ObjectOf<"secrets"> | ObjectOf<"configmaps">>;

export default defineJob({
  description: "Copies a Secret or ConfigMap into other namespaces, and keeps it up to date",
  schedule: "*/10 * * * *",
  params,
  access: {
    namespaces: ["list"],
    configmaps: ["get", "create", "update"],
    secrets: ["get", "create", "update"],
  },
  scope: "cluster",
  limits: { create: 100, update: 100 },
  timeout: "5m",
  async run({ kube, params: { kind, name, namespaceSelector }, log, progress, dryRun }) {
    const plural = kind === "Secret" ? "secrets" : "configmaps";
    const source: Source = await kube[plural].get(name);
    const origin = `${kube.namespace}/${name}`;
    const results = { created: 0, updated: 0, unchanged: 0 };
    const strangers: string[] = [];
    const refused: string[] = [];
    let refusal: ApiError | undefined;
    for await (const { metadata } of kube.namespaces.list({ labelSelector: namespaceSelector })) {
      const namespace = metadata.name;
      if (namespace === kube.namespace || namespace.startsWith("kube-") || metadata.deletionTimestamp !== undefined)
        continue;
      const target = kube.inNamespace(namespace)[plural];
      try {
        const found = await target.get(name).catch(ifNotFound);
        if (found === undefined) {
          await target.create(copyOf(source, origin));
          results.created++;
          log.info(`${dryRun ? "would create" : "created"} ${namespace}/${name}`);
        } else if (found.metadata.annotations?.[SOURCE] !== origin) {
          strangers.push(namespace); // not ours to write over
          log.warn(`${namespace}/${name} is not a copy of ${origin}, so it stays as it is`);
        } else if (isDeepStrictEqual(contentOf(source), contentOf(found))) {
          results.unchanged++;
        } else {
          const copy = copyOf(source, origin);
          const annotations = { ...found.metadata.annotations, ...copy.metadata.annotations };
          await target.update({ ...copy, metadata: { ...found.metadata, annotations } });
          results.updated++;
          log.info(`${dryRun ? "would update" : "updated"} ${namespace}/${name}`);
        }
      } catch (error) {
        // A quota, a policy or an immutable copy is that namespace's: the others still get theirs, and the run fails at its end.
        if (!(error instanceof ApiError)) throw error;
        refusal ??= error;
        refused.push(namespace);
        log.warn(`${namespace}/${name}: ${error.message}`);
      }
      progress({ ...results, refused: refused.length });
    }
    // Not in the rehearsal: it would keep the real run from the other namespaces.
    if (refusal !== undefined && !dryRun) throw new Error(`no copy in ${refused.join(", ")}`, { cause: refusal });
    return { ...results, strangers, refused };
  },
});

/** The data and the type; labels and annotations belong to the source. */
function copyOf(source: Source, origin: string) {
  const { name } = source.metadata;
  return { ...contentOf(source), metadata: { name, annotations: { [SOURCE]: origin } } };
}

function contentOf(object: Source) {
  const { data, immutable } = object;
  const own = "type" in object ? { type: object.type } : {};
  const binary = "binaryData" in object ? { binaryData: object.binaryData } : {};
  return JSON.parse(JSON.stringify({ data, immutable, ...own, ...binary })) as object;
}

function ifNotFound(error: unknown): undefined {
  if (error instanceof Error && "reason" in error && error.reason === "NotFound") return undefined;
  throw error;
}
