import { defineJob, type ObjectOf, type Returned } from "errand";
import { z } from "zod";

type SecretMetadata = Pick<Returned<ObjectOf<"secrets">>, "metadata">;

/** One revision of a Helm release. https://helm.sh/docs/topics/advanced/#storage-backends */
interface Revision {
  readonly secret: SecretMetadata;
  readonly release: string;
  readonly number: number;
  readonly status: string;
}

const params = z.strictObject({
  keep: z
    .int()
    .min(1)
    .default(5)
    .describe("How many of each release's revisions stay, besides the one that is deployed"),
  release: z.string().default("").describe("Only this release"),
});

export default defineJob({
  description: "Removes old revisions of Helm releases",
  schedule: "40 3 * * *",
  params,
  access: { secrets: ["list", "delete"] },
  limits: { delete: 200 },
  timeout: "10m",
  async run({ kube, params: { keep, release }, log, progress, dryRun }) {
    const selected = release === "" ? "owner=helm" : `owner=helm,name=${release}`;
    const results = { deleted: 0, changed: 0, gone: 0 };
    const kept: Record<string, number> = {};
    const unreadable: string[] = [];
    const releases = new Map<string, Revision[]>();
    // Labels say everything, so the releases themselves, megabytes each, are not read.
    for await (const secret of kube.secrets.listMetadata({ labelSelector: selected })) {
      const revision = revisionOf(secret);
      if (revision === undefined) unreadable.push(secret.metadata.name);
      else releases.set(revision.release, [...(releases.get(revision.release) ?? []), revision]);
    }
    for (const [name, revisions] of releases) {
      const old = oldOnes(revisions, keep);
      kept[name] = revisions.length - old.length;
      for (const { secret, number, status } of old) {
        const result = await kube.secrets.delete(secret);
        results[result]++;
        if (result === "deleted")
          log.info(`${dryRun ? "would delete" : "deleted"} ${name} revision ${number}`, { status });
        progress(results);
      }
    }
    return { ...results, kept, unreadable };
  },
});

/** undefined for what only looks like Helm's: its name and its labels must say the same. */
function revisionOf(secret: SecretMetadata): Revision | undefined {
  const { name, labels = {} } = secret.metadata;
  const { name: release = "", version = "", status = "" } = labels;
  if (name !== `sh.helm.release.v1.${release}.v${version}` || !/^[1-9]\d*$/.test(version)) return undefined;
  return { secret, release, number: Number(version), status };
}

/** The oldest ones beyond `keep`. What is deployed stays, as do an operation that is under way and everything newer than what is deployed: Helm goes back to it. */
function oldOnes(revisions: readonly Revision[], keep: number): Revision[] {
  const newestFirst = revisions.toSorted((left, right) => right.number - left.number);
  const deployed = newestFirst.find(({ status }) => status === "deployed");
  if (deployed === undefined || newestFirst.some(({ status }) => status.startsWith("pending-"))) return [];
  return newestFirst
    .filter((revision) => revision !== deployed)
    .slice(keep)
    .filter(({ number }) => number < deployed.number);
}
