// The executable's command line: that of the package, with the executable's own files.
import { join } from "node:path";
import { carryPackage } from "../build/package.ts";
import { main } from "../cli.ts";
import { carriedContents, carriedFiles } from "./carried-assets.ts";
import { unpack } from "./unpack.ts";

const contents = carriedContents();
let folder: string | undefined;

carryPackage({
  version: contents.version,
  folder: () => {
    folder ??= join(unpack(carriedFiles(contents)), "node_modules/errand/");
    return folder;
  },
});
void main(process.argv);
