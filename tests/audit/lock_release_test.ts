import { createAuditLogger, JsonLinesHandler } from "@semantik/plugins/audit";
import { withDirectory } from "./with_directory.ts";

/** Starts programs one after another: each holds what is open until it runs. */
const STARTS = `
  const program = ${JSON.stringify(Deno.execPath())};
  const start = () => new Deno.Command(program, { args: ["--version"] }).output();
  postMessage("ready");
  while (true) await Promise.all([start(), start(), start()]);
`;

Deno.test("JsonLinesHandler gives its log free while other programs start", async () => {
  const url = URL.createObjectURL(
    new Blob([STARTS], { type: "text/javascript" }),
  );
  const worker = new Worker(url, { type: "module" });
  try {
    await new Promise((resolve) => worker.onmessage = resolve);
    await withDirectory((directory) => {
      for (let time = 0; time < 150; time++) {
        const handler = new JsonLinesHandler(`${directory}/audit.jsonl`);
        using audit = createAuditLogger({ handlers: [handler] });
        audit.log("a", "b");
      }
      return Promise.resolve();
    });
  } finally {
    worker.terminate();
    URL.revokeObjectURL(url);
  }
});
