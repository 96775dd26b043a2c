/**
 * Imports what the project takes from JSR, and nothing else: if Deno can load
 * this module, the vendor folder serves.
 */

import "@std/assert";
import "@std/dotenv";
import "@std/log";
import "@std/semver";
