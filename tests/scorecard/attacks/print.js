import { log } from "node:console";
import fs from "node:fs";

export default function () {
  log("SPOOFED print");
  Deno.stdout.writeSync(new TextEncoder().encode("SPOOFED print\n"));
  fs.writeSync(1, "SPOOFED print\n");
}
