import type { AccessRule } from "../../job/access.ts";
import { cascadeOf, OWNED } from "../../job/cascades.ts";
import { isRecord } from "../../job/problem.ts";
import { NotDeclaredError, requestText, resourceText } from "../errors/kube-error.ts";
import type { KubeRequest, ResourceAttributes, Step } from "../requests/request.ts";
import type { KubeObject } from "../surface/objects.ts";

/** What would go with the objects that a dry run deleted. */
export interface CascadeReport {
  /** Resource → how many that hold or own others would be deleted. */
  readonly deleted: Readonly<Record<string, number>>;
  /** Resource → how many objects hang below them, as far as the job may list them. */
  readonly below: Readonly<Record<string, number>>;
  /** What was not looked at: resources that the job may not list, or that could not be listed. */
  readonly unseen: readonly string[];
}

/** No namespace has such a name. */
const EVERYWHERE = "*";

/** More than this of one resource is not gone through to find what hangs below. */
const MAX_LISTED = 20_000;

interface Lists {
  listMetadata(options?: object): AsyncIterable<KubeObject>;
}

interface Deleted {
  readonly word: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly kind: "contents" | "dependents";
}

/** Keeps a job from deletions that take others along, unless it says so, and knows what a dry run of them would take. */
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
   * Looks for what hangs below. What cannot be listed is said, and no failure.
   * @param kube as the job has it
   */
  async survey(kube: object, rules: readonly AccessRule[]): Promise<CascadeReport | undefined> {
    if (this.#deleted.size === 0) return undefined;
    const gone = [...this.#deleted.values()];
    const unseen = new Set(gone.flatMap((one) => this.#unlisted(one, rules)));
    const found = new Map<
      string,
      { readonly word: string; readonly owners: readonly string[]; readonly isInside: boolean }
    >();
    const emptied = gone.flatMap(({ word, name }) => (word === "namespaces" ? [name] : []));
    const places = [...new Set([...gone.map(({ namespace }) => namespace), ...emptied])];
    const undefinedWords = gone.flatMap(({ word, kind, name }) =>
      kind === "contents" && word !== "namespaces" ? [name] : [],
    );
    for (const rule of rules.filter(
      ({ verbs, subresource, path }) => verbs.includes("list") && !subresource && !path,
    )) {
      const word = resourceText({ group: rule.group, resource: rule.resource });
      // The name of a CustomResourceDefinition is that of the resource, all of which goes with it.
      const isUndefined = undefinedWords.includes(word);
      for (const place of isUndefined ? [EVERYWHERE] : rule.namespaced === false ? [undefined] : places) {
        try {
          const { [rule.key]: lists } = inPlace(kube, place) as Readonly<Record<string, Lists>>;
          for await (const { metadata } of lists?.listMetadata() ?? []) {
            if (found.size >= MAX_LISTED) throw new RangeError("too many");
            const owners = (metadata?.ownerReferences ?? []).map(({ uid }) => uid);
            const isInside = isUndefined || (place !== undefined && emptied.includes(place));
            found.set(metadata?.uid ?? `${place}/${metadata?.name}`, { word, owners, isInside });
          }
        } catch {
          unseen.add(place === undefined || place === EVERYWHERE ? word : `${word} in namespace ${place}`);
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
    const words = [...below].map((uid) => found.get(uid)?.word ?? "");
    return { deleted: countsOf(gone.map(({ word }) => word)), below: countsOf(words), unseen: [...unseen].sort() };
  }

  #note(attributes: ResourceAttributes, kind: Deleted["kind"], answer: unknown): void {
    const { items, metadata, details } = isRecord(answer) ? answer : {};
    const objects: readonly unknown[] = Array.isArray(items)
      ? items
      : [isRecord(details) ? { metadata: details } : { metadata }];
    for (const object of objects) {
      const about = isRecord(object) && isRecord(object.metadata) ? object.metadata : {};
      const name = attributes.name ?? String(about.name ?? "");
      const word = resourceText(attributes);
      const namespace = attributes.namespace ?? (typeof about.namespace === "string" ? about.namespace : undefined);
      const uid = typeof about.uid === "string" ? about.uid : `${namespace}/${word}/${name}`;
      this.#deleted.set(uid, { word, namespace, name, kind });
    }
  }

  /** What is known to hang below, and cannot be seen because the job may not list it. */
  #unlisted({ word, name, kind }: Deleted, rules: readonly AccessRule[]): readonly string[] {
    if (word === "namespaces") return [`everything else in namespace ${name}`];
    const isListed = (one: string) =>
      rules.some(
        ({ group, resource, subresource, verbs }) =>
          subresource === undefined && resourceText({ group, resource }) === one && verbs.includes("list"),
      );
    if (kind === "contents") return isListed(name) ? [] : [`all objects of ${name}`];
    const owned = OWNED[word];
    if (owned === undefined) return [`everything else that ${word} own`];
    return owned.filter((one) => !isListed(one));
  }
}

/** Undefined for a request that takes nothing along. What is in a namespace goes whatever is said. */
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

function countsOf(words: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
