import type { Place, ResourceIdentity } from "./identity.ts";
import { type ListRequestOptions, listRequest } from "./list.ts";
import type { KubeRequest } from "./request.ts";

const TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json";

/** Asks for one page of a list as the table that `kubectl get` prints. https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables */
export function tableRequest(
  identity: ResourceIdentity,
  place: Place,
  options: ListRequestOptions,
  continueToken: string | undefined,
): KubeRequest {
  const { chunked: _chunked, ...request } = listRequest(identity, place, options, continueToken);
  return { ...request, headers: { ...request.headers, accept: TABLE } };
}
