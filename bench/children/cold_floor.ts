/** Imports the package's own dependencies and the same plugin, then ends. */

import * as log from "@std/log";
import * as semver from "@std/semver";
import { z } from "zod";
import { readRequest } from "./child.ts";

const { directory } = readRequest<{ directory: string }>();
const module: unknown = await import(`file://${directory}/plugin-0000/mod.ts`);
if (!module || !log || !semver || !z) throw new Error("It imported nothing");
