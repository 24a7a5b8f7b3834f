import { expect, it } from "vitest";
import { explainError } from "../../../deploy/cluster/explain-error.ts";
import { explainRefusal } from "../../../deploy/release/explain-refusal.ts";
import { ApiError, type ApiErrorFields } from "../../../runtime/kube/errors/api-error.ts";
import { TransportError } from "../../../runtime/kube/errors/kube-error.ts";

const attributes = {
  verb: "patch",
  group: "batch",
  version: "v1",
  resource: "cronjobs",
  namespace: "shop",
  name: "sweep",
} as const;
const manifest = {
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: { name: "sweep", namespace: "shop", labels: {} },
};

function answer(code: number, serverMessage: string, more: Partial<ApiErrorFields> = {}): ApiError {
  const reasons: Record<number, string> = { 403: "Forbidden", 404: "NotFound", 409: "Conflict", 422: "Invalid" };
  const reason = reasons[code] ?? "Other";
  return new ApiError(`patch cronjobs.batch: ${code} ${reason}: ${serverMessage}`, {
    code,
    reason,
    serverMessage,
    attributes,
    ...more,
  });
}

const FORBIDDEN = 'cronjobs.batch "sweep" is forbidden: ';
const POLICY =
  "ValidatingAdmissionPolicy 'need-team' with binding 'b' denied request: every CronJob needs the label team";
const POST = 'failed to call webhook: Post "https://w.ops.svc:443/?timeout=10s": service "w" not found';

it.each([
  [
    "a policy",
    403,
    FORBIDDEN + POLICY,
    64,
    "refused by the policy need-team: every CronJob needs the label team",
    "`labels` in errand.config.ts",
  ],
  ["a policy that answers as for a value", 422, FORBIDDEN + POLICY, 64, "refused by the policy need-team", "`labels`"],
  [
    "a policy that answers as for a stranger",
    401,
    FORBIDDEN + POLICY,
    64,
    "refused by the policy need-team",
    "need-team -o yaml",
  ],
  [
    "a webhook",
    403,
    'admission webhook "v.kyverno.svc" denied the request: \n\npolicy x:\n  images must be signed',
    64,
    "refused by the admission webhook v.kyverno.svc: policy x: images must be signed",
    "`image`",
  ],
  [
    "a webhook with a code of its own",
    404,
    'admission webhook "w" denied the request: no such team',
    64,
    "refused by the admission webhook w: no such team",
    "ask whoever maintains it",
  ],
  [
    "a webhook without words",
    400,
    'admission webhook "w" denied the request without explanation',
    64,
    "refused by the admission webhook w",
    "ask whoever maintains it",
  ],
  [
    "a webhook that is away",
    500,
    `Internal error occurred: failed calling webhook "w.example.com": ${POST}`,
    69,
    "the admission webhook w.example.com could not be called",
    "its server must run again",
  ],
  [
    "a conversion webhook that is away",
    500,
    `conversion webhook for example.com/v1, Kind=Widget failed: ${POST}`,
    69,
    "the conversion webhook for example.com/v1, Kind=Widget",
    "must run again",
  ],
  [
    "a quota",
    403,
    `${FORBIDDEN}exceeded quota: small, requested: count/cronjobs.batch=1, used: 3, limited: 3`,
    75,
    'quota "small" is used up: requested: count/cronjobs.batch=1',
    "kubectl describe quota small -n shop",
  ],
  [
    "a quota that counts what is not said",
    403,
    `pods "p" is forbidden: failed quota: cpu: must specify limits.cpu for: job`,
    64,
    "must specify limits.cpu",
    "set `resources`",
  ],
  [
    "a limit range",
    403,
    `pods "p" is forbidden: maximum memory usage per Container is 100Mi, but limit is 256Mi`,
    64,
    "maximum memory usage",
    "kubectl describe limitrange -n shop",
  ],
  [
    "Pod Security",
    403,
    `pods "p" is forbidden: violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true)`,
    64,
    "violates PodSecurity",
    "Pod Security level",
  ],
  [
    "a priority class",
    403,
    `pods "p" is forbidden: no PriorityClass with name high was found`,
    64,
    "no PriorityClass",
    "kubectl get priorityclasses",
  ],
  [
    "admission that nobody knows",
    403,
    `${FORBIDDEN}the moon is full`,
    1,
    "refused by the API server: ",
    "not about rights",
  ],
  ["a proxy's page", 403, "<html>no</html>", 1, "something before the API server refused it", "not from Kubernetes"],
  ["a change at the same moment", 409, "the object has been modified", 75, "it changed at the same moment", "again"],
  [
    "a value",
    422,
    'CronJob.batch "sweep" is invalid: spec.schedule: Invalid value: "x"',
    64,
    "it is not valid",
    "Correct what the server names",
  ],
  ["a size", 413, "Request entity too large: limit is 3145728", 64, "too large", "1 MiB"],
])("says what %s refuses, and before which object", (_, code, message, exitCode, says, hint) => {
  const error = answer(code, message);
  const explained = explainError(error);
  expect(explained).toMatchObject({ exitCode, hint: expect.stringContaining(hint) });
  expect(explained.message).toContain(`patch cronjobs.batch "sweep" in namespace "shop": `);
  expect(explained.message).toContain(says);
  expect(explained.message).not.toMatch(/You may not|\n/);
  const applied = explainRefusal(error, manifest) as Error;
  expect(applied.message).toContain("CronJob shop/sweep: ");
  expect(applied.message).toContain(says);
  expect(applied.message).toMatch(/: nothing was applied$/);
});

it.each([
  [
    "a missing right",
    403,
    'cronjobs.batch "sweep" is forbidden: User "eve" cannot patch resource "cronjobs" in API group "batch" in the namespace "shop"',
    77,
    'You may not patch cronjobs.batch in namespace "shop"',
    "auth can-i --list -n shop",
  ],
  [
    "nobody's request",
    403,
    'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "shop"',
    77,
    "does not know who you are",
    "no credentials",
  ],
  [
    "another identity",
    403,
    'users "root" is forbidden: User "eve" cannot impersonate resource "users" in API group "" at the cluster scope',
    77,
    "You may not act as another user",
    "impersonate",
  ],
  [
    "a node",
    403,
    'pods "p" is forbidden: node "n1" can only create mirror pods',
    77,
    "treats you as a node",
    "another user",
  ],
  [
    "a deleted namespace",
    403,
    'configmaps "c" is forbidden: unable to create new content in namespace shop because it is being terminated',
    64,
    'Namespace "shop" is being deleted',
    "Choose another with -n",
  ],
  ["too many requests", 429, "too many requests, please try again later", 75, "too busy right now", "again"],
  ["a server that begins", 503, "apiserver not ready", 69, "The API server is not available right now", "again"],
])("explains %s in a whole sentence", (_, code, message, exitCode, says, hint) => {
  const explained = explainError(answer(code, message));
  expect(explained).toMatchObject({
    exitCode,
    message: expect.stringContaining(says),
    hint: expect.stringContaining(hint),
  });
});

it("recognises a namespace that is being deleted by the server's cause, whatever its words are", () => {
  const details = {
    causes: [
      { reason: "NamespaceTerminating", message: "namespace shop is being terminated", field: "metadata.namespace" },
    ],
  };
  expect(explainError(answer(403, "no", { details }))).toMatchObject({
    message: expect.stringMatching(/^Namespace "shop" is being deleted/),
    exitCode: 64,
  });
});

it("says that an API group is unavailable, and not the API server, when another server serves the group", () => {
  const of = {
    verb: "list",
    group: "metrics.k8s.io",
    version: "v1beta1",
    resource: "pods",
    namespace: "shop",
  } as const;
  const expected = {
    message: "The API group metrics.k8s.io is not available right now: service unavailable",
    exitCode: 69,
  };
  expect(explainError(answer(503, "service unavailable", { attributes: of }))).toMatchObject(expected);
  const discovery = new ApiError("GET /apis/metrics.k8s.io/v1beta1: 503 ServiceUnavailable: service unavailable", {
    code: 503,
    reason: "ServiceUnavailable",
    serverMessage: "service unavailable",
  });
  expect(explainError(discovery)).toMatchObject(expected);
});

it("does not ask whether the cluster is up when only the server behind one API is down", () => {
  const parts = { code: "API_UNAVAILABLE", sent: true, outcomeUnknown: false, hint: "look at it" };
  const error = new TransportError("pods.metrics.k8s.io: its API is not available right now", parts);
  expect(explainError(error)).toEqual({ message: error.message, hint: "look at it", exitCode: 69 });
});

it("explains the last answer, rather than silence, when the wait for a retry would be too long", () => {
  const cause = answer(429, "too many requests");
  const stopped = new TransportError("stopped while retrying", {
    code: "ABORTED",
    sent: true,
    outcomeUnknown: false,
    cause,
  });
  expect(explainError(stopped)).toMatchObject({ message: expect.stringContaining("too busy right now"), exitCode: 75 });
});

it("takes no time over a long answer that looks like a refusal everywhere", () => {
  const long = "User x cannot ".replace("cannot", "can").repeat(100_000);
  expect(explainError(answer(403, long)).exitCode).toBe(1);
});
