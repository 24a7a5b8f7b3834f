import { describe, expect, it } from "vitest";
import { findResource } from "../../../deploy/types/find-resource.ts";
import type { ServedGroup } from "../../../runtime/kube/catalog/served.ts";
import { groupOf, SMALL_SERVER } from "./small-server.ts";

const CERTIFICATES: readonly ServedGroup[] = [
  groupOf("", []),
  {
    group: "example.org",
    versions: ["v2", "v1"].map((version) => ({
      version,
      isAway: false,
      resources: [
        {
          ...{ group: "example.org", version, resource: "certificates", kind: "Certificate", namespaced: true },
          ...{ verbs: ["get"], shortNames: ["cert"] },
          subresources: [{ name: "status", group: "example.org", version, kind: "Certificate", verbs: ["get"] }],
        },
      ],
    })),
  },
];

function server(groups = CERTIFICATES) {
  let asked = 0;
  const served = async () => {
    asked += 1;
    return groups;
  };
  return { served, asked: () => asked };
}

describe("findResource", () => {
  it("asks nobody when the resource is built in", async () => {
    const source = server();
    await expect(findResource("deployments", source)).resolves.toMatchObject({
      key: "deployments",
      group: "apps",
      version: "v1",
      kind: "Deployment",
    });
    expect(source.asked()).toBe(0);
  });

  it("takes the version that the server prefers when the resource is a custom one", async () => {
    const source = server();
    await expect(findResource("certificates.example.org", source)).resolves.toEqual({
      key: "certificates.example.org",
      group: "example.org",
      version: "v2",
      kind: "Certificate",
    });
    expect(source.asked()).toBe(1);
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
    const coming = { group: "a.example.org", versions: [] };
    await expect(findResource("cert", server([coming, ...CERTIFICATES]))).rejects.toThrow(
      'did you mean "certificates.example.org"?',
    );
  });

  it("names nothing when nothing is near", async () => {
    await expect(findResource("widgets.example.com", server())).rejects.toThrow(/no resource "widgets.example.com"$/);
  });

  it("throws the server's error when it is another than that there is no such group", async () => {
    const served = async () => {
      throw new Error("connection refused");
    };
    await expect(findResource("widgets.example.com", { served })).rejects.toThrow("connection refused");
    await expect(findResource("pods.policy", SMALL_SERVER)).rejects.toThrow('no resource "pods.policy"');
  });
});
