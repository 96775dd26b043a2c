/** Lists manifests with ours and with `JSON.parse`, in turns. */

import { PluginHost } from "@semantik/plugins";
import { createAuditLogger } from "@semantik/plugins/audit";
import { alternate, type Rounds, timed } from "../measure/alternate.ts";
import { answer, readRequest } from "./child.ts";

const { directory, count, ...rounds } = readRequest<
  { directory: string; count: number } & Rounds
>();

function check(listed: readonly unknown[]): void {
  if (listed.length !== count) throw new Error(`It listed ${listed.length}`);
}

async function plan(): Promise<void> {
  const host = new PluginHost({
    name: "bench",
    version: "1.4.0",
    sources: [directory],
    audit: createAuditLogger({ handlers: [] }),
  });
  const decisions = await host.plan();
  check(decisions.filter(({ kind }) => kind === "load"));
}

async function parse(): Promise<void> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(directory)) names.push(name);
  check(
    await Promise.all(names.map(async (name): Promise<unknown> => {
      const path = `${directory}/${name}/plugin.json`;
      return JSON.parse(await Deno.readTextFile(path));
    })),
  );
}

answer(
  await alternate(
    { ours: () => timed(plan), "JSON.parse": () => timed(parse) },
    rounds,
  ),
);
