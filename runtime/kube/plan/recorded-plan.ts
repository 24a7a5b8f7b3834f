import { isRecord } from "../../job/problem.ts";
import { DryRunError, requestText } from "../errors/kube-error.ts";
import type { KubeRequest, KubeResponse, Step } from "../requests/request.ts";
import { contentDigest } from "./content-digest.ts";
import {
  type ChangeKey,
  changeKeyOf,
  mayChange,
  metadataOf,
  type PlannedChange,
  preconditionsIn,
  versionIn,
} from "./planned-change.ts";
import type { ReportPlan, RunPlan } from "./run-plan.ts";

const CREATED = 201;

/** Records what a dry run would change: the changes that the server accepted, with the current uids and versions. */
export class RecordedPlan implements RunPlan {
  #changes: PlannedChange[] = [];

  step(): Step {
    this.#changes = [];
    const since = Date.now();
    return (next) => async (request) => {
      const { attributes } = request;
      if (attributes === undefined || !mayChange(request)) return next(request);
      if (attributes.verb === "deletecollection") {
        throw new DryRunError(`${requestText(attributes, "")}: it cannot be planned object by object`, {
          attributes,
          hint: "to plan the job, list the objects and delete each",
        });
      }
      const key = { ...changeKeyOf(request, attributes), content: contentDigest(request, since) };
      const response = await next(request);
      this.#changes.push(changeOf(key, request, response));
      return response;
    };
  }

  report(): ReportPlan {
    return { changes: this.#changes };
  }
}

function changeOf(
  key: ChangeKey & Pick<PlannedChange, "content">,
  request: KubeRequest,
  { status, json }: KubeResponse,
): PlannedChange {
  const kind = isRecord(json) && typeof json.kind === "string" && json.kind !== "Status" ? { kind: json.kind } : {};
  // The uid of an object created in a dry run is not real.
  if (status === CREATED && request.attributes?.subresource === undefined) return { ...key, ...kind };
  const details = isRecord(json) && isRecord(json.details) ? versionIn(json.details) : {};
  return { ...key, ...kind, ...details, ...versionIn(metadataOf(json)), ...preconditionsIn(request) };
}
