import type { Bench, BenchSettings } from "../bench.ts";
import { auditEvent } from "./audit_event.ts";
import { bootImported } from "./boot_imported.ts";
import { callLeased } from "./call_leased.ts";
import { callLive } from "./call_live.ts";
import { callMeasured } from "./call_measured.ts";
import { callProcess } from "./call_process.ts";
import { checkPermissions } from "./check_permissions.ts";
import { coldStart } from "./cold_start.ts";
import { endProcess } from "./end_process.ts";
import { fleet } from "./fleet.ts";
import { listManifests } from "./list_manifests.ts";
import { liveMode } from "./live_mode.ts";
import { loadFromDisk } from "./load_from_disk.ts";
import { loadVerified } from "./load_verified.ts";
import { memory } from "./memory.ts";
import { orphanProcess } from "./orphan_process.ts";
import { processMemory } from "./process_memory.ts";
import { processPeers } from "./process_peers.ts";
import { sanitizeEnvironment } from "./sanitize_environment.ts";
import { startProcess } from "./start_process.ts";
import { verifyLog } from "./verify_log.ts";

/** Lists all benchmarks in the order of the table. */
export function allBenches(settings: BenchSettings): readonly Bench[] {
  const { quick } = settings;
  const plugins = quick ? [10, 50] : [10, 100, 1000];
  const variables = quick ? [40, 400] : [40, 400, 4000];
  const lines = quick ? [1_000, 5_000] : [10_000, 100_000, 1_000_000];
  return [
    ...plugins.map((count) => loadFromDisk(settings, count)),
    loadVerified(settings),
    ...plugins.map((count) => bootImported(settings, count)),
    ...plugins.map((count) => listManifests(settings, count)),
    ...variables.map((count) => sanitizeEnvironment(settings, count)),
    auditEvent(settings),
    callLive(settings),
    callLeased(settings),
    callMeasured(settings),
    callProcess(settings),
    startProcess(settings),
    endProcess(settings),
    orphanProcess(settings),
    processMemory(settings),
    processPeers(settings),
    liveMode(settings),
    ...plugins.map((count) => checkPermissions(settings, count)),
    coldStart(settings),
    fleet(settings, "postgres"),
    fleet(settings, "redis"),
    fleet(settings, "nats"),
    memory(settings, plugins.at(-1) ?? 10),
    ...lines.map((count) => verifyLog(settings, count)),
  ];
}
