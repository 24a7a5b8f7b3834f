import type { AccessRule } from "../../job/access.ts";
import { cascadeOf, OWNED } from "../../job/cascades.ts";
import { isRecord } from "../../job/problem.ts";
import { NotDeclaredError, requestText, resourceText } from "../errors/kube-error.ts";
import type { KubeRequest, ResourceAttributes, Step } from "../requests/request.ts";
import type { KubeObject } from "../surface/objects.ts";

/** The dependents that would be deleted along with the objects of a dry run. */
export interface CascadeReport {
  /** Resource → number of deleted objects that contain or own others. */
  readonly deleted: Readonly<Record<string, number>>;
  /** Resource → number of their dependents, as far as the job may list them. */
  readonly below: Readonly<Record<string, number>>;
  /** Resources that the job may not list, or that could not be listed. */
  readonly unseen: readonly string[];
}

/** Not a valid name of a namespace. */
const EVERYWHERE = "*";

/** Maximum number of objects per resource to search for dependents. */
const MAX_LISTED = 20_000;

interface Lists {
  listMetadata(options?: object): AsyncIterable<KubeObject>;
}

interface Deleted {
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly kind: "contents" | "dependents";
}

/** Refuses cascading deletions unless the job allows them, and finds the dependents that a dry run would delete. */
export class Cascades {
  readonly #mayCascade: boolean;
  readonly #isDry: boolean;
  readonly #deleted = new Map<string, Deleted>();

  constructor(mayCascade: boolean, isDry: boolean) {
    this.#mayCascade = mayCascade;
    this.#isDry = isDry;
  }

  readonly step: Step = (next) => async (request) => {
    const { attributes } = request;
    const kind = attributes && cascadeIn(request, attributes);
    if (attributes === undefined || kind === undefined) return next(request);
    if (!this.#mayCascade) throw refused(attributes, kind);
    const response = await next(request);
    if (this.#isDry && !request.dryRun) this.#note(attributes, kind, response.json);
    return response;
  };

  /**
   * Finds dependents. Resources that cannot be listed are reported, not an error.
   * @param kube the job's own
   */
  async survey(kube: object, rules: readonly AccessRule[]): Promise<CascadeReport | undefined> {
    if (this.#deleted.size === 0) return undefined;
    const gone = [...this.#deleted.values()];
    const unseen = new Set(gone.flatMap((one) => this.#unlisted(one, rules)));
    const found = new Map<
      string,
      { readonly resource: string; readonly owners: readonly string[]; readonly isInside: boolean }
    >();
    const emptied = gone.flatMap(({ resource, name }) => (resource === "namespaces" ? [name] : []));
    const places = [...new Set([...gone.map(({ namespace }) => namespace), ...emptied])];
    const undefinedResources = gone.flatMap(({ resource, kind, name }) =>
      kind === "contents" && resource !== "namespaces" ? [name] : [],
    );
    for (const rule of rules.filter(
      ({ verbs, subresource, path }) => verbs.includes("list") && !subresource && !path,
    )) {
      const resource = resourceText({ group: rule.group, resource: rule.resource });
      // A CustomResourceDefinition has the name of its resource, and deleting it deletes all objects of that resource.
      const isUndefined = undefinedResources.includes(resource);
      for (const place of isUndefined ? [EVERYWHERE] : rule.namespaced === false ? [undefined] : places) {
        try {
          const { [rule.key]: lists } = inPlace(kube, place) as Readonly<Record<string, Lists>>;
          for await (const { metadata } of lists?.listMetadata() ?? []) {
            if (found.size >= MAX_LISTED) throw new RangeError("too many");
            const owners = (metadata?.ownerReferences ?? []).map(({ uid }) => uid);
            const isInside = isUndefined || (place !== undefined && emptied.includes(place));
            found.set(metadata?.uid ?? `${place}/${metadata?.name}`, { resource, owners, isInside });
          }
        } catch {
          unseen.add(place === undefined || place === EVERYWHERE ? resource : `${resource} in namespace ${place}`);
        }
      }
    }
    const below = new Set([...found].flatMap(([uid, { isInside }]) => (isInside ? [uid] : [])));
    for (let before = -1; before < below.size; ) {
      before = below.size;
      for (const [uid, { owners }] of found) {
        if (owners.some((owner) => below.has(owner) || this.#deleted.has(owner))) below.add(uid);
      }
    }
    for (const uid of this.#deleted.keys()) below.delete(uid);
    const resources = [...below].map((uid) => found.get(uid)?.resource ?? "");
    return {
      deleted: countsOf(gone.map(({ resource }) => resource)),
      below: countsOf(resources),
      unseen: [...unseen].sort(),
    };
  }

  #note(attributes: ResourceAttributes, kind: Deleted["kind"], answer: unknown): void {
    const { items, metadata, details } = isRecord(answer) ? answer : {};
    const objects: readonly unknown[] = Array.isArray(items)
      ? items
      : [isRecord(details) ? { metadata: details } : { metadata }];
    for (const object of objects) {
      const about = isRecord(object) && isRecord(object.metadata) ? object.metadata : {};
      const name = attributes.name ?? String(about.name ?? "");
      const resource = resourceText(attributes);
      const namespace = attributes.namespace ?? (typeof about.namespace === "string" ? about.namespace : undefined);
      const uid = typeof about.uid === "string" ? about.uid : `${namespace}/${resource}/${name}`;
      this.#deleted.set(uid, { resource, namespace, name, kind });
    }
  }

  /** Dependents that the job may not list. */
  #unlisted({ resource, name, kind }: Deleted, rules: readonly AccessRule[]): readonly string[] {
    if (resource === "namespaces") return [`everything else in namespace ${name}`];
    const isListed = (one: string) =>
      rules.some(
        ({ group, resource, subresource, verbs }) =>
          subresource === undefined && resourceText({ group, resource }) === one && verbs.includes("list"),
      );
    if (kind === "contents") return isListed(name) ? [] : [`all objects of ${name}`];
    const owned = OWNED[resource];
    if (owned === undefined) return [`everything else that ${resource} own`];
    return owned.filter((one) => !isListed(one));
  }
}

/** Undefined if nothing else is deleted. The contents of a namespace always are, whatever the propagation policy. */
function cascadeIn({ body }: KubeRequest, attributes: ResourceAttributes): Deleted["kind"] | undefined {
  if (!attributes.verb.startsWith("delete") || attributes.subresource !== undefined) return undefined;
  const kind = cascadeOf(attributes);
  return kind === "dependents" && isRecord(body) && body.propagationPolicy === "Orphan" ? undefined : kind;
}

function refused(attributes: ResourceAttributes, kind: Deleted["kind"]): NotDeclaredError {
  const what = kind === "contents" ? "everything in it" : "what it owns";
  const orphan = kind === "contents" ? "" : ', or pass { propagationPolicy: "Orphan" }';
  return new NotDeclaredError(
    `${requestText(attributes, "")} would also delete ${what}, but the job does not set cascades: true; nothing was sent`,
    {
      attributes,
      hint: `check what depends on it, then add cascades: true to the job${orphan}`,
    },
  );
}

function inPlace(kube: object, place: string | undefined): object {
  if (place === undefined) return kube;
  const wide = kube as { readonly allNamespaces: object; inNamespace(place: string): object };
  return place === EVERYWHERE ? wide.allNamespaces : wide.inNamespace(place);
}

function countsOf(resources: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const resource of resources) counts[resource] = (counts[resource] ?? 0) + 1;
  return counts;
}
