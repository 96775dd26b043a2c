import { FileStateStore, MemoryStateStore } from "@semantik/plugins/state";
import { withStateFile } from "../state/with_state_file.ts";
import { CASES } from "./contract.ts";

for (const { name, run } of CASES) {
  Deno.test(`MemoryStateStore ${name}`, async () => {
    const store = new MemoryStateStore();
    await run({ open: () => store });
  });

  Deno.test(`FileStateStore ${name}`, async () => {
    await withStateFile((path) =>
      run({ open: () => new FileStateStore(path) })
    );
  });
}
