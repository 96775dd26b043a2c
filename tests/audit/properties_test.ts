import { checkDamagedLogs } from "./damaged_logs.ts";
import { checkDetails } from "./hostile_details.ts";

Deno.test("createAuditLogger() makes one safe line of details of every kind", () => {
  checkDetails(1_000);
});

Deno.test("JsonLinesHandler, readAuditLog() and verifyAuditLog() take damaged files", async () => {
  await checkDamagedLogs(150);
});
