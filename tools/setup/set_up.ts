import { askJsr, jsrAddress } from "./ask_jsr.ts";
import { buildVendorTree } from "./build_vendor_tree.ts";
import { createNpmFetcher } from "./fetch_tarball.ts";
import { isAlive } from "./is_alive.ts";
import { listModules } from "./list_modules.ts";
import { type Say, sayOnStandardError } from "./progress.ts";
import { discardVendor, replaceVendor } from "./replace_vendor.ts";
import { runDeno } from "./run_deno.ts";
import { RegistryError, SetupError } from "./setup_error.ts";
import { type Origin, readStamp, writeStamp } from "./stamp.ts";
import { sweepPartials } from "./sweep_partials.ts";

const JSR_TIMEOUT = 4_000;
const NPM_CLIENT_TIMEOUT = 120_000;
const STD_IMPORTS = "tools/setup/std_imports.ts";

/**
 * Makes the dependencies available from JSR, or else from npm, and caches the
 * imports of the examples and the tests.
 */
export async function setUp(
  root: string,
  recipe: string,
  say: Say = sayOnStandardError,
): Promise<void> {
  const swept = await sweepPartials(
    root,
    // A killed run may have had this process id, which is common in containers.
    (pid) => pid !== Deno.pid && isAlive(pid),
  );
  for (const name of swept) say(`removed ${name}, left by a run that ended`);
  const origin = await provide(root, recipe, say);
  say("fetching what examples, tests and tools import");
  const modules = await listModules(root);
  if (!await runDeno(root, ["cache", "--quiet", ...modules], "inherit")) {
    say(
      "some imports could not be fetched; the task that needs them reports it",
    );
  }
  if (origin === "jsr") {
    await Deno.mkdir(`${root}/vendor`, { recursive: true });
    await writeStamp(`${root}/vendor`, { recipe, origin });
  }
  say("done");
}

async function provide(
  root: string,
  recipe: string,
  say: Say,
): Promise<Origin> {
  const madeHere = (await readStamp(`${root}/vendor`))?.origin === "npm";
  // Deno may have cached everything in an earlier run.
  const load = ["run", "--quiet", "--cached-only", STD_IMPORTS];
  if (!madeHere && await runDeno(root, load, "null")) return "jsr";

  say("asking JSR");
  const jsr = jsrAddress(Deno.env.get("JSR_URL"));
  const answer = await askJsr(jsr, JSR_TIMEOUT);
  if (answer.reached) {
    say("fetching from JSR");
    if (madeHere) await discardVendor(root);
    if (await runDeno(root, ["cache", STD_IMPORTS], "inherit")) return "jsr";
  }
  const reason = answer.reached ? "a package is not to be had" : answer.reason;
  say(`JSR cannot be used from here (${reason}), fetching from npm instead`);
  try {
    const tree = await buildVendorTree(
      await createNpmFetcher(root, NPM_CLIENT_TIMEOUT),
      (name) => Deno.readTextFile(`${import.meta.dirname}/${name}`),
      say,
    );
    await replaceVendor(root, jsr.hostname, tree, { recipe, origin: "npm" });
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    throw new SetupError(
      `neither JSR (${reason}) nor the npm registry (${error.message}) can be used from here; connect this machine to one of them (HTTPS_PROXY, NPM_CONFIG_REGISTRY and .npmrc count) and run "deno task setup" again`,
    );
  }
  return "npm";
}
