/** A server in a process of its own, over a Unix socket. */

import { newDenoHTTPWorker } from "@valtown/deno-http-worker";
import type { Peer } from "./peer.ts";

const SCRIPT = `
export default {
  async fetch(request) {
    return new Response(await request.text());
  },
};
`;

/** Its fastest settings. */
const OPTIONS = {
  denoExecutable: Deno.execPath(),
  runFlags: ["--quiet", "--no-prompt", "--no-config"],
  next: { cacheBootstrap: true, fastReady: true, skipWarm: true },
};

export function prepare(): Promise<() => Promise<Peer>> {
  return Promise.resolve(async () => {
    const worker = await newDenoHTTPWorker(SCRIPT, {
      ...OPTIONS,
      runFlags: [...OPTIONS.runFlags],
    });
    return {
      echo: (text) =>
        new Promise((resolve, reject) => {
          const request = worker.request(
            "http://plugin/",
            { method: "POST" },
            (response) => {
              let body = "";
              response.setEncoding("utf8");
              response.on("data", (part: string) => body += part);
              response.on("end", () => resolve(body));
              response.on("error", reject);
            },
          );
          request.on("error", reject);
          request.end(text);
        }),
      end: () =>
        new Promise((resolve) => {
          worker.addEventListener("exit", () => resolve());
          worker.terminate();
        }),
    };
  });
}
