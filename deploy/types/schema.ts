// The OpenAPI schemas that an API server publishes: reading them, and what they tell about kinds.
import type { KubeClient } from "../../runtime/kube/connected-client.ts";

/** The part of OpenAPI v3's schema object that Kubernetes publishes. https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3 */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly enum?: readonly unknown[];
  readonly nullable?: boolean;
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-group-version-kind"?: readonly GroupVersionKind[];
}

export interface GroupVersionKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Schemas by their full name, such as `io.k8s.api.core.v1.Pod`. */
export type Schemas = Readonly<Record<string, Schema>>;

/** Schemas allow more than the server ever returns: it accepts numbers as quantities, but always returns strings. */
export const SERVER_FACTS: Schemas = { "io.k8s.apimachinery.pkg.api.resource.Quantity": { type: "string" } };

const REF_PREFIX = "#/components/schemas/";

/** The full name behind a `$ref`. */
export function referencedName(ref: string): string {
  return ref.slice(REF_PREFIX.length);
}

/** The full names in every `$ref` of a schema, in their order. */
export function references(schema: Schema): string[] {
  const inner = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items ? [schema.items] : []),
    ...(typeof schema.additionalProperties === "object" ? [schema.additionalProperties] : []),
    ...(schema.allOf ?? []),
    ...(schema.oneOf ?? []),
    ...(schema.anyOf ?? []),
  ];
  return [...(schema.$ref === undefined ? [] : [referencedName(schema.$ref)]), ...inner.flatMap(references)];
}

/** The names of `roots` and of everything that they refer to, directly or not. */
export function reachable(roots: readonly string[], schemas: Schemas): Set<string> {
  const seen = new Set<string>();
  const waiting = [...roots];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const schema = schemas[name];
    if (schema === undefined || seen.has(name)) continue;
    seen.add(name);
    waiting.push(...references(schema));
  }
  return seen;
}

/** The full name of a kind's schema, or undefined. A schema of several kinds, such as DeleteOptions, does not count. */
export function schemaOfKind(wanted: GroupVersionKind, schemas: Schemas): string | undefined {
  return Object.keys(schemas).find((name) => {
    const kind = kindOf(schemas[name] ?? {});
    return kind?.kind === wanted.kind && kind.group === wanted.group && kind.version === wanted.version;
  });
}

/** The kind that a schema describes; undefined if there is none, or several. */
export function kindOf(schema: Schema): GroupVersionKind | undefined {
  const kinds = schema["x-kubernetes-group-version-kind"] ?? [];
  return kinds.length === 1 ? kinds[0] : undefined;
}

/** The `apiVersion` of a group and version: `v1`, `apps/v1`. */
export function apiVersionOf(kind: Pick<GroupVersionKind, "group" | "version">): string {
  return kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
}

/** The last part of a schema's full name: `Pod`. */
export function shortName(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf(".") + 1);
}

/** Where schemas come from. */
export type SchemaSource = Pick<KubeClient, "readJson">;

interface OpenApiIndex {
  readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
}

interface OpenApiDocument {
  readonly components?: { readonly schemas?: Schemas };
}

/**
 * Reads the schemas of API versions from a server, all into one table.
 *
 * @param apiVersions such as `v1` and `apps/v1`; a version that the server does not publish is left out
 */
export async function publishedSchemas(source: SchemaSource, apiVersions: Iterable<string>): Promise<Schemas> {
  const { paths } = await source.readJson<OpenApiIndex>("/openapi/v3");
  const found: Record<string, Schema> = Object.create(null); // a schema may be called __proto__
  for (const apiVersion of apiVersions) {
    const address = paths[apiVersion.includes("/") ? `apis/${apiVersion}` : `api/${apiVersion}`]?.serverRelativeURL;
    if (address === undefined) continue;
    const [path = "", text = ""] = address.split("?");
    const query = Object.fromEntries(new URLSearchParams(text));
    const document = await source.readJson<OpenApiDocument>(path, { query });
    Object.assign(found, document.components?.schemas);
  }
  return found;
}
