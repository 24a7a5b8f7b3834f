import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { mustRun, run } from "../support/command.ts";
import { project } from "../support/project.ts";
import { openImageStore } from "./image-store.ts";
import { TestNamespace } from "./namespace.ts";
import { podsOf, triggerAndWait } from "./runs.ts";

const COMMAND_LINE = fileURLToPath(new URL("../../deploy/bin.ts", import.meta.url));
const JOB = fileURLToPath(new URL("jobs/needs-nothing.ts", import.meta.url));

let namespace: TestNamespace;
const folder = project();
let revision: string;

/** A builder whose store is below the test's folder, and which pulls nothing. */
function buildah(...args: readonly string[]): Promise<string> {
  const [command = "", ...rest] = args;
  const store = ["--root", join(folder, "store"), "--runroot", join(folder, "run"), "--storage-driver", "vfs"];
  return mustRun(["buildah", ...store, command, ...rest], { env: { BUILDAH_ISOLATION: "chroot" } });
}

/** @returns the digest of the image's configuration, which names every byte of its layers */
async function build(name: string): Promise<string> {
  await buildah("build", "--pull-never", "--layers=false", "--timestamp", "0", "--tag", name, join(folder, "context"));
  return (await buildah("inspect", "--type", "image", "--format", "{{.FromImageDigest}}", name)).trim();
}

beforeAll(async () => {
  namespace = await TestNamespace.create(inject("cluster"), "image");
  const { nodeImage } = namespace.access;
  const args = ["build", JOB, "--image", nodeImage, "--output-dir", join(folder, "context"), "--output", "json"];
  const { stdout, stderr } = await run([process.execPath, COMMAND_LINE, ...args]);
  if (stdout === "") throw new Error(stderr);
  ({ revision } = JSON.parse(stdout) as { revision: string });
  const store = await openImageStore(namespace.access);
  const pulled = (await buildah("pull", `oci-archive:${store.nodeArchive}`)).trim();
  await buildah("tag", pulled, `docker.io/library/${nodeImage}`);
  await build(`localhost/needs-nothing:${revision}`);
  const archive = join(folder, "image.tar");
  const image = `localhost/needs-nothing:${revision}`;
  await buildah("push", image, `oci-archive:${archive}:${image}`);
  await store.import(archive);
});

afterAll(async () => {
  await namespace.delete();
  await buildah("rmi", "--all", "--force");
});

describe("the image of a job", () => {
  it("does not start with the manifests of another revision", async () => {
    const image = `localhost/needs-nothing:${revision}`;
    const args = ["render", JOB, "--bundled-image", image, "--image", namespace.access.nodeImage];
    const { stdout } = await namespace.errand(args);
    const other = stdout
      .replaceAll("needs-nothing\n", "other\n")
      .replaceAll(revision, "ffffffffff")
      .replace(/:f{10}$/m, `:${revision}`);
    await namespace.kubectl.text(["apply", "--server-side", "--filename=-"], { input: other });
    const { report } = await triggerAndWait(namespace, "other");
    expect(report).toMatchObject({
      outcome: "invalid",
      error: { reason: "CodeChanged", message: expect.stringContaining("/errand/ffffffffff/main.cjs.zst") },
    });
  });

  it("is byte-identical when it is built again", async () => {
    const first = await build("localhost/again:1");
    expect(first).toMatch(/^sha256:\w+$/);
    expect(await build("localhost/again:2")).toBe(first);
  });

  it("runs without a ConfigMap if deployed with --bundled-image", async () => {
    const args = [
      "deploy",
      JOB,
      "--bundled-image",
      "localhost/{job}:{revision}",
      "--image",
      namespace.access.nodeImage,
    ];
    const { code: deployed, stderr } = await namespace.errand(args);
    expect({ deployed, stderr }).toMatchObject({ deployed: 0 });
    const configMaps = await namespace.kubectl.text(["get", "configmap", "--output=name"]);
    expect(configMaps.trim()).toBe("configmap/kube-root-ca.crt");
    const { code, report } = await triggerAndWait(namespace, "needs-nothing");
    expect({ code, outcome: report.outcome, revision: report.revision }).toEqual({
      code: 0,
      outcome: "succeeded",
      revision,
    });
    const [pod] = await podsOf(namespace, report.run.id);
    expect(pod?.metadata.name).toContain("needs-nothing");
  });
});
