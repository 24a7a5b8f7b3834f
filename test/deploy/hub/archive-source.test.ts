import { archiveSource } from "../../../deploy/hub/archive/archive-source.ts";
import { holdsContract } from "../source/contract.ts";
import { filledArchive } from "./filled-archive.ts";

holdsContract("the hub's archive, filled by its watcher", async (data) => {
  const archive = await filledArchive(data);
  return {
    sourceOf: (namespace) => archiveSource(archive, { namespace, clock: () => data.now }),
    [Symbol.asyncDispose]: async () => archive[Symbol.dispose](),
  };
});
