import type { Command } from "commander";
import { addClusterFlags, addOutputFlag, type ClusterFlags, notEmpty, type OutputFlags } from "./options.ts";

interface TypesFlags extends ClusterFlags, OutputFlags {
  readonly folder: string;
}

export function addTypesCommand(program: Command): void {
  const command = program
    .command("types")
    .description("write the types of resources, with the cluster's own descriptions, into your project")
    .argument("<resource...>", "keys as in access, such as certificates.cert-manager.io or pods")
    .option("--folder <path>", "where the files go", notEmpty, "types")
    .addHelpText("after", "\nExample: errand types certificates.cert-manager.io issuers.cert-manager.io")
    .action(types);
  addOutputFlag(addClusterFlags(command));
}

async function types(resources: readonly string[], flags: TypesFlags): Promise<void> {
  const { connect } = await import("../project/connect.ts");
  const { clusterReader } = await import("../types/cluster-reader.ts");
  const { writeTypes } = await import("../types/write-types.ts");
  const { answer, table } = await import("../terminal/answer.ts");
  await using cluster = await connect(flags);
  const written = await writeTypes(resources, flags.folder, clusterReader(cluster.api.send));
  answer(flags.output, written, () =>
    table(
      ["RESOURCE", "OBJECTS", "FILE"],
      written.map(({ resource, apiVersion, kind, file }) => [resource, `${apiVersion} ${kind}`, file]),
    ),
  );
}
