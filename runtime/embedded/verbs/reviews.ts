// Reviews: a client creates an object as a question, which is answered and never stored.
// https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
import type { UserInfo } from "../auth/authentication.ts";
import { type Attributes, authorize, type PolicyRule, rulesFor } from "../auth/rbac.ts";
import { fieldAt, isJsonObject, type JsonObject, textAt } from "../objects/api-object.ts";
import { badRequest } from "../objects/api-status.ts";
import type { ApiRequest, VerbHandler } from "./backend.ts";
import { readObject } from "./write-request.ts";

function answer(sent: JsonObject, status: JsonObject): { status: number; body: object } {
  return { status: 201, body: { ...sent, metadata: sent.metadata ?? {}, status } };
}

function attributesOf(spec: unknown): Attributes {
  const path = fieldAt(spec, "nonResourceAttributes");
  if (isJsonObject(path)) {
    return { about: "path", verb: textAt(path, "verb") ?? "", path: textAt(path, "path") ?? "" };
  }
  const asked = fieldAt(spec, "resourceAttributes");
  const text = (field: string): string => textAt(asked, field) ?? "";
  return {
    about: "resource",
    verb: text("verb"),
    group: text("group"),
    resource: text("resource"),
    subresource: text("subresource"),
    namespace: text("namespace"),
    name: text("name"),
  };
}

const reviewOwnAccess: VerbHandler = async (request, { store }) => {
  const sent = await readObject(request);
  return answer(sent, verdict(authorize(store, request.user, attributesOf(sent.spec))));
};

const reviewAccess: VerbHandler = async (request, { store }) => {
  const sent = await readObject(request);
  const groups = fieldAt(sent, "spec", "groups");
  const user: UserInfo = {
    name: textAt(sent, "spec", "user") ?? "",
    groups: Array.isArray(groups) ? groups.map(String) : [],
  };
  return answer(sent, verdict(authorize(store, user, attributesOf(sent.spec))));
};

function verdict(decision: ReturnType<typeof authorize>): JsonObject {
  if (decision.allowed) return { allowed: true };
  return { allowed: false, ...(decision.reason === "" ? {} : { reason: decision.reason }) };
}

const reviewOwnRules: VerbHandler = async (request, { store }) => {
  const sent = await readObject(request);
  const namespace = textAt(sent, "spec", "namespace");
  if (!namespace) throw badRequest("no namespace on request");
  const { rules } = rulesFor(store, request.user, namespace);
  return answer(sent, {
    resourceRules: rules.filter(({ nonResourceURLs }) => nonResourceURLs.length === 0).map(resourceRule),
    nonResourceRules: rules
      .filter(({ nonResourceURLs }) => nonResourceURLs.length > 0)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
  });
};

function resourceRule({ verbs, apiGroups, resources, resourceNames }: PolicyRule): JsonObject {
  return { verbs, apiGroups, resources, ...(resourceNames.length > 0 ? { resourceNames } : {}) };
}

const reviewSelf: VerbHandler = async (request) => {
  const sent = await readObject(request);
  return answer(sent, { userInfo: { username: request.user.name, groups: request.user.groups } });
};

const REVIEWS: Readonly<Record<string, VerbHandler>> = {
  "authorization.k8s.io/selfsubjectaccessreviews": reviewOwnAccess,
  "authorization.k8s.io/subjectaccessreviews": reviewAccess,
  "authorization.k8s.io/selfsubjectrulesreviews": reviewOwnRules,
  "authentication.k8s.io/selfsubjectreviews": reviewSelf,
};

/** The handler of a review; undefined for a resource that is stored. */
export function reviewHandler({ resource }: ApiRequest): VerbHandler | undefined {
  return REVIEWS[`${resource.group}/${resource.resource}`];
}
