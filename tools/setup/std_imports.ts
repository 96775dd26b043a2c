/**
 * Imports only the JSR packages: if Deno can load this module, the vendor
 * folder works.
 */

import "@std/assert";
import "@std/dotenv";
import "@std/log";
import "@std/semver";
import "@std/semver/satisfies";
import "@std/semver/try-parse";
import "@std/semver/try-parse-range";
