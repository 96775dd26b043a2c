import { checkDamagedLogs } from "./damaged_logs.ts";
import { checkDetails } from "./hostile_details.ts";

Deno.test("createAuditLogger() writes one safe line for any details", () => {
  checkDetails(1_000);
});

Deno.test("JsonLinesHandler, readAuditLog() and verifyAuditLog() handle damaged files", async () => {
  await checkDamagedLogs(150);
});
