/**
 * Imports what the project takes from JSR, and nothing else: if Deno can load
 * this module, the vendor folder serves.
 *
 * @module
 */

import "@std/assert";
import "@std/dotenv";
import "@std/log";
import "@std/semver";
