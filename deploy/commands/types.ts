import { connect } from "../project/connect.ts";
import { answer, table } from "../terminal/answer.ts";
import { clusterReader } from "../types/cluster-reader.ts";
import { writeTypes } from "../types/write-types.ts";
import type { FlagsOf } from "./declared/declare.ts";
import type { TYPES } from "./declared/delivering.ts";

type TypesFlags = FlagsOf<typeof TYPES>;

export async function types(resources: readonly string[], flags: TypesFlags): Promise<void> {
  await using cluster = await connect(flags);
  const written = await writeTypes(resources, flags.folder, clusterReader(cluster.api.send));
  answer(flags.output, written, () =>
    table(
      ["RESOURCE", "OBJECTS", "FILE"],
      written.map(({ resource, apiVersion, kind, file }) => [resource, `${apiVersion} ${kind}`, file]),
    ),
  );
}
