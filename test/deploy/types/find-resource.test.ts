import { describe, expect, it } from "vitest";
import type { GetJson } from "../../../deploy/types/discovery.ts";
import { findResource } from "../../../deploy/types/find-resource.ts";
import { ApiError } from "../../../runtime/kube/errors/api-error.ts";
import { getFromSmallServer } from "./small-server.ts";

const CERTIFICATES = {
  "/apis": { groups: [{ name: "example.org", preferredVersion: { version: "v2" } }] },
  "/apis/example.org": { preferredVersion: { version: "v2" } },
  "/apis/example.org/v2": {
    resources: [
      { name: "certificates/status", kind: "Certificate", namespaced: true, verbs: ["get"] },
      { name: "certificates", kind: "Certificate", namespaced: true, verbs: ["get"], shortNames: ["cert"] },
    ],
  },
  "/api/v1": { resources: [] },
};

function server(asked: string[] = []): GetJson {
  return async (path) => {
    asked.push(path);
    const answer = new Map<string, unknown>(Object.entries(CERTIFICATES)).get(path);
    if (answer === undefined) throw new ApiError("not found", { code: 404, reason: "NotFound" });
    return answer;
  };
}

describe("findResource", () => {
  it("asks nobody when the resource is built in", async () => {
    const asked: string[] = [];
    await expect(findResource("deployments", server(asked))).resolves.toMatchObject({
      key: "deployments",
      group: "apps",
      version: "v1",
      kind: "Deployment",
    });
    expect(asked).toEqual([]);
  });

  it("takes the version that the server prefers when the resource is a custom one", async () => {
    const asked: string[] = [];
    await expect(findResource("certificates.example.org", server(asked))).resolves.toEqual({
      key: "certificates.example.org",
      group: "example.org",
      version: "v2",
      kind: "Certificate",
    });
    expect(asked).toEqual(["/apis/example.org", "/apis/example.org/v2"]);
  });

  it.each([
    ["certificates", "certificates.example.org"],
    ["Certificate", "certificates.example.org"],
    ["cert", "certificates.example.org"],
    ["certifcates.example.org", "certificates.example.org"],
    ["po", "pods"],
    ["Deployment", "deployments"],
  ])("names what was meant when somebody wrote %s: %s", async (word, meant) => {
    await expect(findResource(word, server())).rejects.toThrow(`no resource "${word}"; did you mean "${meant}"?`);
  });

  it("passes over a group when the server lists it and does not serve it, since its definition is just coming or going", async () => {
    const groups = [{ name: "a.example.org", preferredVersion: { version: "v1" } }, ...CERTIFICATES["/apis"].groups];
    const get = server();
    const listing: GetJson = (path) => (path === "/apis" ? Promise.resolve({ groups }) : get(path));
    await expect(findResource("cert", listing)).rejects.toThrow('did you mean "certificates.example.org"?');
  });

  it("names nothing when nothing is near", async () => {
    await expect(findResource("widgets.example.com", server())).rejects.toThrow(/no resource "widgets.example.com"$/);
  });

  it("throws the server's error when it is another than that there is no such group", async () => {
    const failing: GetJson = async () => {
      throw new Error("connection refused");
    };
    await expect(findResource("widgets.example.com", failing)).rejects.toThrow("connection refused");
    await expect(findResource("pods.policy", getFromSmallServer)).rejects.toThrow("GET /apis/policy: 404");
  });
});
