/** Remedies for sources that cannot be read. */

import { assertEquals, assertFalse } from "@std/assert";
import { readBad } from "./read.ts";

const OTHERWISE = "Correct what the message names, or remove the source";

function throwing(thrown: unknown) {
  return () => {
    throw thrown;
  };
}

Deno.test("readSource() names a remedy for each reason that a source cannot be read", async (t) => {
  const { errors } = Deno;
  const local: readonly (readonly [unknown, string])[] = [
    [new errors.NotFound("x"), "Correct the path, or remove the source"],
    [
      new errors.PermissionDenied("Permission denied (os error 13): stat"),
      "Let the user that runs this process read it and the directories above it",
    ],
    [
      new errors.NotCapable(
        'Requires read access to "/srv/it\'s", run again with the --allow-read flag',
      ),
      "Start the host with --allow-read='/srv/it'\\''s'",
    ],
    [
      new errors.NotCapable(
        'Requires read access to "/a\u001b[2Jb", run again with the --allow-read flag',
      ),
      "Start the host with --allow-read=\"$(printf '/a\\033[2Jb')\"",
    ],
    [
      new errors.NotADirectory("Not a directory (os error 20): stat"),
      "Correct the path: a part of it is a file",
    ],
    [
      new errors.FilesystemLoop("Too many levels of symbolic links"),
      "Remove the link that leads back to itself",
    ],
    [new Error("File name too long (os error 36)"), "Shorten the path"],
    [
      new Error("Too many open files (os error 24)"),
      "Let this process open more files",
    ],
    [new Error("Input/output error (os error 5)"), OTHERWISE],
    [null, OTHERWISE],
  ];
  const remote: readonly (readonly [unknown, string])[] = [
    [
      new TypeError(
        'Requires import access to "a.example:443", run again with the --allow-import flag',
      ),
      "Start the host with --allow-import=a.example:443,jsr.io:443",
    ],
    [
      new TypeError("Import failed: client error (Connect): dns error"),
      "Check the address, and that this machine reaches the server",
    ],
    [
      new TypeError('Module not found "https://a.example/x"'),
      "Correct the name, the version or the address",
    ],
    ...["'.", "' are not allowed because it is"].map((words) =>
      [
        new TypeError(
          `Could not find npm package 'a' matching '*${words}\n\nA newer ` +
            "matching version was found, but it was not used because it was " +
            "newer than the specified minimum dependency date of 2026-11-25.",
        ),
        "Wait until the version is 24 hours old, or start the host with " +
        '--min-dep-age=0 or with "minimumDependencyAge": "0" in its deno.json',
      ] as const
    ),
    [
      new TypeError("npm package 'a' does not exist."),
      "Correct the name, the version or the address",
    ],
    [
      new TypeError(
        "[ERR_PACKAGE_PATH_NOT_EXPORTED] Package subpath './plugin.json' is not defined",
      ),
      'Use a version of the package that exports "./plugin.json"',
    ],
    [
      new SyntaxError("Expected property name"),
      "Correct the manifest: it is not JSON",
    ],
    [
      new Error("It did not respond within 10000 ms"),
      "Check that the server responds, or raise timeouts.load",
    ],
    [
      new TypeError(
        "JSR packages cannot import non-JSR remote modules for security reasons",
      ),
      "Write importModule in a module of your own: a package from JSR cannot " +
      "import from another server",
    ],
    [
      new TypeError(
        'Attempted to load JSON module without specifying "type": "json" attribute in the import statement.',
      ),
      "Pass importModule: (specifier, options) => import(specifier, options)",
    ],
    [
      new TypeError(
        "The lockfile is out of date. Run `deno install --frozen=false`",
      ),
      "Run deno cache with the host's module and what the plugin imports, so " +
      "that deno.lock has it. Until then, plugins that are imported later may " +
      "fail as well",
    ],
    [
      new TypeError(
        'Specifier not found in cache: "https://a.example/", --cached-only is specified.',
      ),
      "Run deno cache with it while the network is in reach",
    ],
    [undefined, OTHERWISE],
  ];
  for (const [thrown, remedy] of local) {
    await t.step(`local: ${remedy}`, async () => {
      const problem = await readBad("/plugins", {
        permissionState: () => "granted",
        stat: throwing(thrown),
      });
      assertEquals(problem.remedy, remedy);
      // deno-lint-ignore no-control-regex
      assertFalse(/[\u0000-\u001f]/.test(problem.remedy + problem.message));
    });
  }
  for (const [thrown, remedy] of remote) {
    for (const source of ["npm:greeter", "https://a.example/p"]) {
      await t.step(`${source}: ${remedy}`, async () => {
        const problem = await readBad(source, {
          permissionState: () => "granted",
          importJson: () => Promise.reject(thrown),
        });
        assertEquals(problem.remedy, remedy);
      });
    }
  }
});
