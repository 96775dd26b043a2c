/**
 * The floor of loading plugins: reads the same JSON and imports the same
 * modules.
 */

import { answer, readRequest } from "./child.ts";

const { directory, count } = readRequest<
  { directory: string; count: number }
>();

async function load(name: string): Promise<unknown> {
  const url = new URL(`file://${directory}/${name}/`);
  const text = await Deno.readTextFile(new URL("plugin.json", url));
  const manifest: unknown = JSON.parse(text);
  const module: unknown = await import(new URL("mod.ts", url).href);
  return [manifest, module];
}

const start = performance.now();
const names: string[] = [];
for await (const { name } of Deno.readDir(directory)) names.push(name);
const loaded = await Promise.all(names.map(load));
const elapsed = performance.now() - start;

if (loaded.length !== count) throw new Error(`It loaded ${loaded.length}`);
answer({ elapsed });
