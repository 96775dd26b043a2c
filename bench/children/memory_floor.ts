/**
 * Measures the memory of a process that only imported the modules of plugins.
 */

import { answer, readRequest } from "./child.ts";
import { measureMemory } from "./measure_memory.ts";

const { directory, count } = readRequest<
  { directory: string; count: number }
>();

const names: string[] = [];
for await (const { name } of Deno.readDir(directory)) names.push(name);
const modules: unknown[] = await Promise.all(
  names.map((name) => import(`file://${directory}/${name}/mod.ts`)),
);

const memory = await measureMemory();
if (modules.length !== count) throw new Error(`It loaded ${modules.length}`);
answer(memory);
