import { beforeAll, describe, expect, it } from "vitest";
import { findHub } from "../../../../deploy/hub/install/find-hub.ts";
import { bundleHub, type HUB_RULES, hubManifests } from "../../../../deploy/hub/install/hub-manifests.ts";
import { findHubObjects, installedOptions, removeHubObjects } from "../../../../deploy/hub/install/hub-objects.ts";
import { describeHubRights, installHub } from "../../../../deploy/hub/install/install-hub.ts";
import type { HubOptions } from "../../../../deploy/hub/serve/hub-options.ts";
import { findRestrictedProblems } from "../../../../deploy/manifests/restricted-level.ts";
import type { PodSpec } from "../../../../runtime/kube/generated/core-v1.ts";
import { embeddedTarget } from "../../release/embedded-target.ts";

const OPTIONS: HubOptions = { namespaces: ["ops"], allCronJobs: false, ageMs: 1_000, count: 10, bytes: 100 };
let bundle: Awaited<ReturnType<typeof bundleHub>>;
beforeAll(async () => {
  bundle = await bundleHub();
});

const made = (options: Partial<HubOptions> = {}, storage: string | undefined = "1Gi") =>
  hubManifests({ namespace: "ops", image: "node:26-slim", storage, bundle, options: { ...OPTIONS, ...options } });

const ofAll = { namespaces: undefined } as object as Partial<HubOptions>;

describe("a hub's manifests", () => {
  it("give rights that no other hub of the same namespace takes over", () => {
    const rights = made({ namespaces: ["team-a"] }).filter(({ kind }) => /^Role/.test(kind));
    expect(rights.map(({ kind, metadata: { namespace, name } }) => `${kind} ${namespace}/${name}`)).toEqual([
      "Role team-a/errand-hub-ops",
      "RoleBinding team-a/errand-hub-ops",
    ]);
    expect(rights[1]?.roleRef).toMatchObject({ name: "errand-hub-ops" });
  });

  it("allow only reading, and no Secret", () => {
    for (const options of [{}, ofAll, { ...ofAll, selector: "team=shop" }]) {
      const roles = made(options).filter(({ kind }) => kind === "Role" || kind === "ClusterRole");
      expect(roles).toHaveLength(1);
      const rules = roles.flatMap(({ rules }) => rules as typeof HUB_RULES);
      expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(["get", "list", "watch"]));
      expect(rules.flatMap(({ resources }) => resources).filter((each) => /secret|configmap|\*/.test(each))).toEqual(
        [],
      );
    }
    expect(describeHubRights({ ...OPTIONS, namespaces: ["team-a", "team-b"] })).toBe(
      "In namespaces team-a, team-b the hub may list and watch cronjobs and jobs; list and watch pods; get pods/log; list events and resourcequotas.\n" +
        "It may write nothing, and read no Secret and no ConfigMap.\n" +
        "It watches the jobs of errand. --all-cronjobs watches every CronJob.",
    );
  });

  it("create a pod that meets the restricted level of Pod Security, and that runs only this code", () => {
    const deployment = made().find(({ kind }) => kind === "Deployment") as { spec?: { template: { spec: PodSpec } } };
    const pod = deployment.spec?.template.spec as PodSpec;
    expect(findRestrictedProblems(pod)).toEqual([]);
    expect(pod.containers[0]?.command).toContain("--permission");
    expect(pod.containers[0]?.command?.at(-2)).toMatch(/^[0-9a-f]{64}$/);
  });

  it("mount only the keys of Secrets that its channels name, and tolerate missing ones", () => {
    const channels = {
      slack: { kind: "slack", urlFrom: "alerts/slack-url" },
      ops: { kind: "webhook", url: "https://ops.example", keyFrom: "alerts/key", tokenFrom: "ops/token" },
    } as const;
    const deployment = made({ channels }).find(({ kind }) => kind === "Deployment") as {
      spec?: { template: { spec: PodSpec } };
    };
    const pod = deployment.spec?.template.spec as PodSpec;
    const { volumes = [], containers } = pod;
    expect(volumes.flatMap(({ secret }) => (secret === undefined ? [] : [secret]))).toEqual([
      {
        secretName: "alerts",
        optional: true,
        items: [
          { key: "key", path: "key" },
          { key: "slack-url", path: "slack-url" },
        ],
      },
      { secretName: "ops", optional: true, items: [{ key: "token", path: "token" }] },
    ]);
    expect(containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(
      expect.arrayContaining(["/secrets/alerts", "/secrets/ops"]),
    );
    expect(findRestrictedProblems(pod)).toEqual([]);
  });

  it("open the port of metrics only where it is asked for", () => {
    const templateOf = (options: Partial<HubOptions>) => {
      const found = made(options).find(({ kind }) => kind === "Deployment");
      return JSON.stringify(found?.spec);
    };
    expect(templateOf({})).not.toContain("prometheus.io");
    expect(templateOf({})).not.toContain("containerPort");
    expect(templateOf({ metrics: true })).toContain('"ports":[{"name":"metrics","containerPort":8080}]');
    expect(templateOf({ metrics: true })).toContain('"prometheus.io/port":"8080"');
  });

  it("need no claim if history may be lost with the pod", () => {
    const kinds = (storage: string | undefined) =>
      hubManifests({ namespace: "ops", image: "node", storage, bundle, options: OPTIONS }).map(({ kind }) => kind);
    expect(kinds("1Gi")).toContain("PersistentVolumeClaim");
    expect(kinds(undefined)).not.toContain("PersistentVolumeClaim");
  });
});

describe("installing a hub", () => {
  const start = async () => {
    const { cluster, targetIn } = await embeddedTarget("ops", "team-a", "team-b");
    const { client } = targetIn("ops");
    const install = async (options: Partial<HubOptions> = {}, dryRun = false) => {
      const changes = await installHub(client, "ops", made(options), { dryRun });
      return changes.map(({ object, change }) => `${change} ${object.kind} ${object.namespace ?? ""}`.trim());
    };
    const there = async (withData: boolean) =>
      (await findHubObjects(client, "ops", { withData })).map(({ reference }) =>
        `${reference.kind} ${reference.namespace ?? ""}`.trim(),
      );
    return { cluster, client, install, there };
  };

  it("changes nothing in a dry run, or the second time", async () => {
    const { install, there } = await start();
    expect(await install({}, true)).toContain("created Deployment ops");
    expect(await there(true)).toEqual([]);
    await install();
    expect((await install()).filter((each) => !each.startsWith("unchanged"))).toEqual([]);
  });

  it("removes rights where it no longer watches, and keeps its history", async () => {
    const { client, install, there } = await start();
    await install({ namespaces: ["team-a", "team-b"] });
    expect(await installedOptions(client, "ops")).toMatchObject({ namespaces: ["team-a", "team-b"] });
    const changes = await install({ namespaces: ["team-b"] });
    expect(changes.filter((each) => each.startsWith("removed"))).toEqual([
      "removed RoleBinding team-a",
      "removed Role team-a",
    ]);
    await install(ofAll);
    expect(await there(true)).toEqual([
      ...["ClusterRoleBinding", "ClusterRole", "Deployment ops", "ConfigMap ops", "ServiceAccount ops"],
      "PersistentVolumeClaim ops",
    ]);
  });

  it("takes over nothing that errand did not create", async () => {
    const { cluster, install, there } = await start();
    cluster.applyObjects([
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "errand-hub", namespace: "ops" } },
    ]);
    await expect(install()).rejects.toThrow("ServiceAccount ops/errand-hub exists and was not created by errand");
    expect(await there(true)).toEqual([]);
  });

  it("is undone by remove, which keeps the claim by default, and anything that only has a hub's labels", async () => {
    const { cluster, client, install, there } = await start();
    await install({ namespaces: ["team-a"] });
    const labels = {
      ...{
        "app.kubernetes.io/name": "errand-hub",
        "app.kubernetes.io/managed-by": "errand",
        "errand/namespace": "ops",
      },
    };
    cluster.applyObjects([
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "precious", namespace: "ops", labels } },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        ...{ kind: "Role", metadata: { name: "precious", namespace: "team-a", labels } },
      },
    ]);
    await removeHubObjects(client, await findHubObjects(client, "ops", { withData: false }));
    expect(await there(true)).toEqual(["PersistentVolumeClaim ops"]);
    expect(await client.kube.inNamespace("ops").configmaps.get("precious")).toBeDefined();
    expect(await client.kube.inNamespace("team-a").roles.get("precious")).toBeDefined();
    await removeHubObjects(client, await findHubObjects(client, "ops", { withData: true }));
    expect(await there(true)).toEqual([]);
  });

  it("is used from another namespace only if named", async () => {
    const { client, install } = await start();
    await expect(findHub(client, "team-a", undefined)).rejects.toThrow('Namespace "team-a" has no hub');
    await install();
    await expect(findHub(client, "team-a", undefined)).rejects.toThrow('Namespace "team-a" has no hub; ops has one');
    expect((await findHub(client, "team-a", "ops")).metadata.namespace).toBe("ops");
    expect((await findHub(client, "ops", undefined)).metadata.namespace).toBe("ops");
    await expect(findHub(client, "team-a", "team-b")).rejects.toThrow('Namespace "team-b" has no hub');
  });
});
