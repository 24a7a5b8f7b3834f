import { expect, test } from "vitest";
import { ApiError } from "../../../../runtime/kube/errors/api-error.ts";
import type { KubeRequest, KubeResponse } from "../../../../runtime/kube/request.ts";
import { auth } from "../../../../runtime/kube/steps/auth.ts";

const REQUEST: KubeRequest = { method: "POST", path: "/api", query: [], headers: {} };
const OK = { status: 200, headers: {} } as KubeResponse;

function rotating() {
  let token = "old";
  return {
    get: async ({ refresh = false } = {}) => {
      if (refresh) token = "new";
      return token;
    },
  };
}

function accepting(...tokens: readonly string[]) {
  const seen: unknown[] = [];
  return {
    seen,
    send: async (request: KubeRequest) => {
      seen.push(request.headers.authorization);
      if (tokens.includes(String(request.headers.authorization))) return OK;
      throw new ApiError("401", { code: 401, reason: "Unauthorized" });
    },
  };
}

test("auth makes any request once more with a new token when the old one is refused [B3]", async () => {
  const server = accepting("Bearer new");
  await auth({ token: rotating() })(server.send)(REQUEST);
  expect(server.seen).toEqual(["Bearer old", "Bearer new"]);
});

test("auth gives a second 401 as the error [B3]", async () => {
  const server = accepting();
  await expect(auth({ token: rotating() })(server.send)(REQUEST)).rejects.toMatchObject({ code: 401 });
  expect(server.seen).toHaveLength(2);
});

test("auth keeps an Authorization header that the caller set [B6]", async () => {
  const server = accepting("Basic mine");
  await auth({ token: rotating() })(server.send)({ ...REQUEST, headers: { authorization: "Basic mine" } });
  expect(server.seen).toEqual(["Basic mine"]);
});

test("auth sends impersonation when the configuration asks for it", async () => {
  let seen: KubeRequest["headers"] = {};
  await auth({ impersonate: { user: "system:serviceaccount:shop:job", groups: ["a", "b"] } })(async (request) => {
    seen = request.headers;
    return OK;
  })(REQUEST);
  expect(seen).toEqual({ "impersonate-user": "system:serviceaccount:shop:job", "impersonate-group": ["a", "b"] });
});
