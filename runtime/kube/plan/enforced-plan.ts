import { isRecord } from "../../job/problem.ts";
import { ApiError } from "../errors/api-error.ts";
import { NotPlannedError, PlanChangedError } from "../errors/kube-error.ts";
import type { KubeRequest, Step } from "../requests/request.ts";
import { withPreconditions } from "../requests/writes.ts";
import { contentDigest } from "./content-digest.ts";
import { changeKeyOf, changeText, mayChange, metadataOf, type PlannedChange, versionIn } from "./planned-change.ts";
import type { ReportPlan, RunPlan } from "./run-plan.ts";

/** Allows a run only the changes of a plan, each once and to the same object. */
export class EnforcedPlan implements RunPlan {
  readonly #hash: string;
  readonly #planned: readonly PlannedChange[];
  #open: PlannedChange[] = [];
  #changed: PlannedChange[] = [];
  #made = 0;
  #rehearses = false;
  /** Uid → resourceVersion after the run's own changes. */
  #versions = new Map<string, string>();

  /** @param hash identifies the plan in reports and messages */
  constructor(hash: string, planned: readonly PlannedChange[]) {
    this.#hash = hash;
    this.#planned = planned;
  }

  step(onViolation: (error: Error) => void, { rehearses }: { readonly rehearses: boolean }): Step {
    this.#rehearses = rehearses;
    this.#open = [...this.#planned];
    this.#changed = [];
    this.#made = 0;
    this.#versions = new Map();
    const since = Date.now();
    return (next) => async (request) => {
      if (!mayChange(request)) return next(request);
      const change = this.#take(request, since, onViolation);
      try {
        const response = await next(bound(request, change, this.#versions.get(change.uid ?? "")));
        this.#made += 1;
        const { uid, resourceVersion } = versionIn(metadataOf(response.json));
        if (uid !== undefined && resourceVersion !== undefined) this.#versions.set(uid, resourceVersion);
        return response;
      } catch (error) {
        throw this.#explain(error, change);
      }
    };
  }

  report(): ReportPlan {
    const [hash, planned, changed] = [this.#hash, this.#planned.length, this.#changed];
    if (!this.#rehearses) return { hash, planned, made: this.#made, changed, left: this.#open };
    return { hash, planned, made: 0, changed, left: this.#planned.filter((change) => !changed.includes(change)) };
  }

  #take(request: KubeRequest, since: number, onViolation: (error: Error) => void): PlannedChange {
    const { attributes } = request;
    const wanted = attributes && changeKeyOf(request, attributes);
    const content = contentDigest(request, since);
    const isListed = (change: PlannedChange) => wanted !== undefined && isSame(change, wanted);
    const place = this.#open.findIndex((change) => isListed(change) && change.content === content);
    const [change] = place < 0 ? [] : this.#open.splice(place, 1);
    if (change !== undefined) return change;
    const what = wanted === undefined ? `${request.method} ${request.path}` : changeText(wanted);
    const where = this.#open.some(isListed) ? "with this content is not in plan" : "is not in plan";
    const error = new NotPlannedError(`${what} ${where} ${this.#hash}; nothing was sent, and the run stops`, {
      attributes,
      hint: "make a new plan, review it and apply it",
    });
    onViolation(error);
    throw error;
  }

  /** 409: the object was replaced or changed; 404: it is gone; 422: the uid of a patch does not match. */
  #explain(error: unknown, change: PlannedChange): unknown {
    if (!(error instanceof ApiError) || ![404, 409, 422].includes(error.code)) return error;
    if (error.code === 422 && !/uid|resourceVersion/.test(error.serverMessage)) return error;
    this.#changed.push(change);
    const what = error.code === 404 ? "is gone" : "has changed";
    return new PlanChangedError(`${changeText(change)}: it ${what} since plan ${this.#hash}; nothing was changed`, {
      cause: error,
      attributes: error.attributes,
      hint: "make a new plan, review it and apply it",
    });
  }
}

function isSame(change: PlannedChange, wanted: ReturnType<typeof changeKeyOf>): boolean {
  const { verb, resource, namespace, name } = wanted;
  return change.verb === verb && change.resource === resource && change.namespace === namespace && change.name === name;
}

/** The request with the planned object's uid and resourceVersion as preconditions. */
function bound(request: KubeRequest, { uid, resourceVersion }: PlannedChange, own: string | undefined): KubeRequest {
  const version = own ?? resourceVersion;
  const held = {
    ...(uid === undefined ? {} : { uid }),
    ...(version === undefined ? {} : { resourceVersion: version }),
  };
  const isDeletion = request.method === "DELETE" || request.attributes?.subresource === "eviction";
  if (Object.keys(held).length === 0) return request;
  const { body = {} } = request;
  if (typeof body === "string") return request;
  return { ...request, body: isDeletion ? withDeletePreconditions(body, held) : withPreconditions(body, held) };
}

type Held = Pick<PlannedChange, "uid" | "resourceVersion">;

function withDeletePreconditions(document: object, held: Held): object {
  if (!isRecord(document)) return document;
  const kind = document.kind === "Eviction" ? { kind: "Eviction" } : undefined;
  if (kind === undefined) return { apiVersion: "v1", kind: "DeleteOptions", ...document, preconditions: held };
  const options = isRecord(document.deleteOptions) ? document.deleteOptions : {};
  return { ...document, deleteOptions: { ...options, preconditions: held } };
}
