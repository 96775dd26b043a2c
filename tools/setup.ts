/**
 * `deno task setup`: makes the project ready to run. It ends at once if nothing
 * is left to do, so every other task runs it first.
 */

import { hashRecipe, readStamp } from "./setup/stamp.ts";

const tools = import.meta.dirname ?? "tools";
const root = `${tools}/..`;

const recipe = await hashRecipe(`${tools}/setup`);
if ((await readStamp(`${root}/vendor`))?.recipe !== recipe) {
  const { setUp } = await import("./setup/set_up.ts");
  const { reasonOf } = await import("./setup/setup_error.ts");
  try {
    await setUp(root, recipe);
  } catch (error) {
    Deno.stderr.writeSync(new TextEncoder().encode(
      `error: Cannot set the project up: ${reasonOf(error)}\n`,
    ));
    // Pending connections would keep the process alive.
    Deno.exit(1);
  }
}
