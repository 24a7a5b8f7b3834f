import { expect, test } from "vitest";
import { ApiError } from "../../../../runtime/kube/errors/api-error.ts";
import { auth } from "../../../../runtime/kube/pipeline/auth.ts";
import type { KubeRequest, KubeResponse } from "../../../../runtime/kube/requests/request.ts";

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

test("auth repeats any request once with a new token after a 401 [B3]", async () => {
  const server = accepting("Bearer new");
  await auth({ token: rotating() })(server.send)(REQUEST);
  expect(server.seen).toEqual(["Bearer old", "Bearer new"]);
});

test("auth throws a second 401 [B3]", async () => {
  const server = accepting();
  await expect(auth({ token: rotating() })(server.send)(REQUEST)).rejects.toMatchObject({ code: 401 });
  expect(server.seen).toHaveLength(2);
});

test("auth keeps the caller's Authorization header [B6]", async () => {
  const server = accepting("Basic mine");
  await auth({ token: rotating() })(server.send)({ ...REQUEST, headers: { authorization: "Basic mine" } });
  expect(server.seen).toEqual(["Basic mine"]);
});

test("auth sends impersonation headers", async () => {
  let seen: KubeRequest["headers"] = {};
  await auth({ impersonate: { user: "system:serviceaccount:shop:job", groups: ["a", "b"] } })(async (request) => {
    seen = request.headers;
    return OK;
  })(REQUEST);
  expect(seen).toEqual({ "impersonate-user": "system:serviceaccount:shop:job", "impersonate-group": ["a", "b"] });
});

test("auth encodes names with multi-byte characters as Kubernetes reads them [B7]", async () => {
  const seen: KubeRequest["headers"][] = [];
  await auth({ impersonate: { user: "jörg", groups: ["李", "plain"] } })(async ({ headers }) => {
    seen.push(headers);
    return OK;
  })(REQUEST);
  const bytes = (text: unknown) => Buffer.from(String(text), "latin1").toString("utf8");
  expect(bytes(seen[0]?.["impersonate-user"])).toBe("jörg");
  expect([seen[0]?.["impersonate-group"]].flat().map(bytes)).toEqual(["李", "plain"]);
});

test("auth refreshes its token once for all requests with the old one, even if their 401 arrives later [B3] [B4]", async () => {
  let token = "old";
  let refreshes = 0;
  const source = {
    get: async ({ refresh = false } = {}) => {
      if (refresh) {
        refreshes += 1;
        token = "new";
      }
      return token;
    },
  };
  const server = accepting("Bearer new");
  let tellLate: () => void = () => {};
  const toldLate = new Promise<void>((resolve) => {
    tellLate = resolve;
  });
  const step = auth({ token: source });
  const late = step(async (request) => {
    if (request.headers.authorization === "Bearer old") await toldLate;
    return server.send(request);
  })(REQUEST);
  await step(server.send)(REQUEST);
  tellLate();
  await late;
  expect(refreshes).toBe(1);
});

test("auth uses the current certificate, and a new one after a 401, without a token [B4]", async () => {
  const [one, two] = [
    { certificate: "ONE", key: "KEY" },
    { certificate: "TWO", key: "KEY" },
  ];
  let current = one;
  const certificateSource = {
    get: async ({ refresh = false } = {}) => {
      if (refresh) current = two;
      return current;
    },
  };
  const seen: unknown[] = [];
  await auth({ certificateSource })(async ({ certificate, headers }) => {
    seen.push(certificate);
    expect(headers).not.toHaveProperty("authorization");
    if (certificate !== two) throw new ApiError("401", { code: 401, reason: "Unauthorized" });
    return OK;
  })(REQUEST);
  expect(seen).toEqual([one, two]);
});

test("auth sends no empty token [B4]", async () => {
  const server = accepting("undefined");
  await auth({ token: { get: async () => "" } })(server.send)(REQUEST);
  expect(server.seen).toEqual([undefined]);
});
