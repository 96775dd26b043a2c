/** Checks declared permissions with ours and with bare queries, in turns. */

import {
  entriesOf,
  missingEntries,
  normalizePermissions,
  queryPermissions,
} from "@semantik/plugins/permissions";
import { pluginManifest } from "../fixtures/plugin_manifest.ts";
import { alternate, type Rounds, timed } from "../measure/alternate.ts";
import { answer, readRequest } from "./child.ts";

const { count, directory, ...rounds } = readRequest<
  { count: number; directory: string } & Rounds
>();

const plugins = Array.from({ length: count }, (_, index) => {
  const { id, permissions } = pluginManifest(index);
  return { permissions, directory: `${directory}/${id}` };
});

function checkAll(): void {
  const sets = plugins.map(({ permissions, directory }) =>
    normalizePermissions(permissions, { directory })
  );
  const states = queryPermissions(sets.flatMap(entriesOf));
  const missing = sets.filter((set) => missingEntries(set, states).length > 0);
  if (missing.length > 0) throw new Error(`${missing.length} miss something`);
}

type Descriptor = Deno.PermissionDescriptor;

const descriptors = plugins.flatMap(({ permissions, directory }) => {
  const { read, net, env } = permissions;
  return [
    ...read.map((path): Descriptor => {
      return { name: "read", path: `${directory}/${path}` };
    }),
    ...net.map((host): Descriptor => ({ name: "net", host })),
    ...env.map((variable): Descriptor => ({ name: "env", variable })),
  ];
});

async function queryAll(): Promise<void> {
  for (const descriptor of descriptors) {
    const { state } = await Deno.permissions.query(descriptor);
    if (state !== "granted") throw new Error(`${descriptor.name} is ${state}`);
  }
}

answer(
  await alternate({
    ours: () => timed(checkAll),
    "Deno.permissions.query": () => timed(queryAll),
  }, rounds),
);
