import { fieldAt, isJsonObject, type JsonObject } from "../objects/api-object.ts";
import { type ApiStatusError, badRequest, invalid } from "../objects/api-status.ts";
import { type DeletionOptions, FINALIZER_OF_POLICY } from "./deletion.ts";

/** The options as they are sent: whether they mean a dry run is still to be read. */
export type SentDeletionOptions = Omit<DeletionOptions, "dryRun"> & { readonly dryRun: readonly unknown[] };

/**
 * Reads DeleteOptions from a body or, where there is none, from the query: as the API server does, never from both.
 * @throws {ApiStatusError} 400 or 422
 */
export function readDeletionOptions(body: unknown, query: URLSearchParams): SentDeletionOptions {
  const sent = isJsonObject(body) ? body : optionsFromQuery(query);
  refuseOtherKind(sent);
  const { gracePeriodSeconds: grace, propagationPolicy: policy, orphanDependents } = sent;
  if (grace !== undefined && typeof grace !== "number") throw wrongType("gracePeriodSeconds", grace, "int64");
  if (policy !== undefined && orphanDependents !== undefined) {
    const why = "orphanDependents and deletionPropagation cannot be both set";
    throw refused("FieldValueInvalid", `Invalid value: ${JSON.stringify(policy)}: ${why}`);
  }
  if (policy !== undefined && !Object.hasOwn(FINALIZER_OF_POLICY, String(policy))) {
    const supported = '"Foreground", "Background", "Orphan", "nil"';
    throw refused(
      "FieldValueNotSupported",
      `Unsupported value: ${JSON.stringify(policy)}: supported values: ${supported}`,
    );
  }
  const uid = fieldAt(sent, "preconditions", "uid");
  const resourceVersion = fieldAt(sent, "preconditions", "resourceVersion");
  return {
    ...(typeof grace === "number" ? { gracePeriodSeconds: grace } : {}),
    ...(typeof policy === "string" ? { propagationPolicy: policy } : {}),
    ...(orphanDependents === true ? { propagationPolicy: "Orphan" } : {}),
    ...(typeof uid === "string" ? { uid } : {}),
    ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
    dryRun: Array.isArray(sent.dryRun) ? sent.dryRun : [],
  };
}

function refuseOtherKind({ kind = "DeleteOptions", apiVersion = "v1" }: JsonObject): void {
  if (kind === "DeleteOptions") return;
  throw badRequest(
    `no kind "${String(kind)}" is registered for version "${String(apiVersion)}" in scheme "pkg/runtime/scheme.go:111"`,
  );
}

function wrongType(field: string, value: unknown, wanted: string): ApiStatusError {
  return badRequest(
    `json: cannot unmarshal ${typeof value} into Go struct field DeleteOptions.${field} of type ${wanted}`,
  );
}

function refused(reason: string, message: string): ApiStatusError {
  return invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", [
    { reason, message, field: "propagationPolicy" },
  ]);
}

function optionsFromQuery(query: URLSearchParams): JsonObject {
  const grace = query.get("gracePeriodSeconds");
  const policy = query.get("propagationPolicy");
  if (grace !== null && !/^-?\d+$/.test(grace)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`);
  }
  return {
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    preconditions: { uid: query.get("uid") || undefined, resourceVersion: query.get("resourceVersion") || undefined },
    dryRun: query.getAll("dryRun"),
  };
}
