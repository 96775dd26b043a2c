/** Writes events to files with ours and with the other loggers, in turns. */

import { createAuditLogger, JsonLinesHandler } from "@semantik/plugins/audit";
import { getFileSink } from "@logtape/file";
import {
  configureSync,
  disposeSync,
  getLogger,
  jsonLinesFormatter,
} from "@logtape/logtape";
import { FileHandler, jsonFormatter, Logger } from "@std/log";
import { pino, stdTimeFunctions } from "pino";
import { alternate, type Rounds } from "../measure/alternate.ts";
import { answer, readRequest } from "./child.ts";

const { directory, events, synced, ...rounds } = readRequest<
  { directory: string; events: number; synced: number } & Rounds
>();

const ID = "markdown-indexer";
const ACTION = "index.rebuilt";
const MESSAGE = `PLUGIN_AUDIT: ${ID} - ${ACTION}`;

function details(index: number): Record<string, string | number | boolean> {
  return {
    documents: 1_200 + index,
    collection: "handbook",
    trigger: "the schedule of every night",
    duration_ms: 17.5,
    complete: true,
  };
}

function perEvent(
  write: (index: number) => void,
  count: number,
): () => number {
  let total = 0;
  return () => {
    const start = performance.now();
    for (let index = 0; index < count; index++) write(total++);
    return (performance.now() - start) / count;
  };
}

const lists = {
  full: new JsonLinesHandler(`${directory}/full.jsonl`, { chain: true }),
  plain: new JsonLinesHandler(`${directory}/plain.jsonl`),
  synced: new JsonLinesHandler(`${directory}/synced.jsonl`, { fsync: true }),
};
using full = createAuditLogger({ handlers: [lists.full] });
using plain = createAuditLogger({ handlers: [lists.plain], redact: false });
using durable = createAuditLogger({ handlers: [lists.synced], redact: false });

const fileHandler = new FileHandler("INFO", {
  filename: `${directory}/std.jsonl`,
  bufferSize: 0,
  formatter: jsonFormatter,
});
fileHandler.setup();
const std = new Logger("audit", "INFO", { handlers: [fileHandler] });

const pinoLogger = pino(
  { timestamp: stdTimeFunctions.isoTime },
  pino.destination({ dest: `${directory}/pino.jsonl`, sync: true }),
);

configureSync({
  sinks: {
    file: getFileSink(`${directory}/logtape.jsonl`, {
      bufferSize: 0,
      formatter: jsonLinesFormatter,
    }),
  },
  loggers: [
    { category: "audit", sinks: ["file"], lowestLevel: "info" },
    { category: ["logtape", "meta"], sinks: [], lowestLevel: "error" },
  ],
});
const logtape = getLogger("audit");

const results = await alternate({
  full: perEvent((index) => full.log(ID, ACTION, details(index)), events),
  plain: perEvent((index) => plain.log(ID, ACTION, details(index)), events),
  synced: perEvent((index) => durable.log(ID, ACTION, details(index)), synced),
  "@std/log": perEvent((index) => {
    std.info(MESSAGE, { plugin_id: ID, action: ACTION, ...details(index) });
  }, events),
  pino: perEvent((index) => {
    pinoLogger.info(
      { plugin_id: ID, action: ACTION, ...details(index) },
      MESSAGE,
    );
  }, events),
  LogTape: perEvent((index) => {
    logtape.info(MESSAGE, {
      plugin_id: ID,
      action: ACTION,
      ...details(index),
    });
  }, synced),
}, rounds);

disposeSync();
fileHandler.destroy();
const total = (rounds.rounds + rounds.warmUp) * events;
for (const name of ["full", "plain", "std", "pino"]) {
  const text = await Deno.readTextFile(`${directory}/${name}.jsonl`);
  const lines = text.split("\n").length - 1;
  if (lines !== total) throw new Error(`${name} wrote ${lines} of ${total}`);
}
answer(results);
