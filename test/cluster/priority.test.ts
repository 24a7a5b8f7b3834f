import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { TestNamespace } from "./namespace.ts";
import { until } from "./until.ts";

const PAGE = readFileSync(fileURLToPath(new URL("../../deploy/README.md", import.meta.url)), "utf8");

let namespace: TestNamespace;
beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "priority");
});
afterAll(() => namespace.delete());

/** The page's example, for the jobs of a namespace of the test's own. */
function example(): string {
  const yaml = [...PAGE.matchAll(/^```yaml\n([\s\S]*?)^```/gm)]
    .map(([, text = ""]) => text)
    .find((text) => text.includes("kind: FlowSchema"));
  if (yaml === undefined) throw new Error("deploy/README.md has no example of a FlowSchema.");
  return yaml.replace("namespace: ops", `namespace: ${namespace.name}`);
}

/** Which FlowSchema the API server takes a job's requests for: it names it by uid in a header of each answer. */
async function flowSchemaOf(serviceAccount: string, of: string): Promise<string | undefined> {
  const as = `--as=system:serviceaccount:${of}:${serviceAccount}`;
  const { stderr } = await namespace.kubectl.run(["get", "pods", as, "-v=8"]);
  const uid = /X-Kubernetes-Pf-Flowschema-Uid:\s*"?([0-9a-f-]+)/i.exec(stderr)?.[1];
  const { items } = await namespace.kubectl.get<{
    readonly items: readonly { readonly metadata: { readonly name: string; readonly uid: string } }[];
  }>("flowschemas");
  return items.find(({ metadata }) => metadata.uid === uid)?.metadata.name;
}

describe("the documented priority of requests to the API server", () => {
  it("is service-accounts and workload-low by default", async () => {
    expect(await flowSchemaOf("pod-cleanup", "ops")).toBe("service-accounts");
    expect(await flowSchemaOf("pod-cleanup", "kube-system")).toBe("kube-system-service-accounts");
    const levels = await namespace.kubectl.text([
      "get",
      "flowschemas/service-accounts",
      "flowschemas/kube-system-service-accounts",
      "--output=jsonpath={.items[*].spec.priorityLevelConfiguration.name} {.items[*].spec.matchingPrecedence}",
    ]);
    expect(levels).toBe("workload-low workload-high 9000 900");
    const shares = "--output=jsonpath={.spec.limited.nominalConcurrencyShares}";
    expect(await namespace.kubectl.text(["get", "prioritylevelconfigurations/workload-low", shares])).toBe("100");
  });

  it("is the jobs' own level after the example is applied, which the server accepts unchanged", async () => {
    const apply = ["apply", "--server-side", "--validate=strict", "--filename=-"];
    const tried = await namespace.kubectl.text([...apply, "--dry-run=server"], { input: example() });
    expect(tried.match(/serverside-applied \(server dry run\)/g)).toHaveLength(2);
    try {
      await namespace.kubectl.text(apply, { input: example() });
      await until(
        "a job's requests have a FlowSchema of their own",
        async () => (await flowSchemaOf("pod-cleanup", namespace.name)) === "errand-jobs",
      );
      expect(await flowSchemaOf("pod-cleanup", "another")).toBe("service-accounts");
    } finally {
      await namespace.kubectl.text(["delete", "--ignore-not-found", "--filename=-"], { input: example() });
    }
  });

  it.each([...PAGE.matchAll(/^\$ kubectl get --raw (\/debug\/\S+)/gm)].map(([, path = ""]) => path))(
    "is visible to an administrator: %s",
    async (path) => {
      expect(await namespace.kubectl.text(["get", "--raw", path])).toMatch(/^PriorityLevelName, /);
    },
  );
});
