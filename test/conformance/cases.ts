import type { ConformanceCase } from "./case.ts";
import { accessCases } from "./cases/access.ts";
import { customResourceCases } from "./cases/custom-resource.ts";
import { deleteCases } from "./cases/delete.ts";
import { discoveryCases } from "./cases/discovery.ts";
import { escalationCases } from "./cases/escalation.ts";
import { impersonationCases } from "./cases/impersonation.ts";
import { listCases } from "./cases/list.ts";
import { metadataCases } from "./cases/metadata.ts";
import { patchCases } from "./cases/patch.ts";
import { readCases } from "./cases/read.ts";
import { subresourceCases } from "./cases/subresource.ts";
import { watchCases } from "./cases/watch.ts";
import { writeCases } from "./cases/write.ts";
import { wrongRequestCases } from "./cases/wrong-request.ts";

/** Everything that the embedded API and the real API server must answer alike. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...readCases,
  ...accessCases,
  ...escalationCases,
  ...impersonationCases,
  ...listCases,
  ...writeCases,
  ...patchCases,
  ...metadataCases,
  ...deleteCases,
  ...discoveryCases,
  ...customResourceCases,
  ...watchCases,
  ...subresourceCases,
  ...wrongRequestCases,
];
