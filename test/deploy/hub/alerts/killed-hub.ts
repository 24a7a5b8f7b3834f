// A hub in a process of its own, which a test kills: it judges the archive that it is given, and tells one webhook.
import { AlertDesk } from "../../../../deploy/hub/alerts/alert-desk.ts";
import { ALERT_TABLES } from "../../../../deploy/hub/alerts/store.ts";
import { openArchive } from "../../../../deploy/hub/archive/archive.ts";

const [path = "", url = "", mode = ""] = process.argv.slice(2);
const archive = openArchive(path, { tables: [ALERT_TABLES] });
const desk = new AlertDesk(archive, {
  channels: { ops: { kind: "webhook", url } },
  readSecret: async () => "",
  onProblem: (text) => console.error(text),
  // As if it were killed before the first byte is sent.
  ...(mode === "before" ? { post: () => process.kill(process.pid, "SIGKILL") as never } : {}),
});
await desk.once();
