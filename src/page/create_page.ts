import { argumentError } from "../base/errors.ts";
import { type PageOptions, readPageOptions } from "./page_options.ts";
import { PageServer } from "./page_server.ts";

/** A handler that any server of Deno mounts. */
export interface Page extends Disposable {
  /**
   * Handles a request, and never rejects.
   *
   * @param request The request. Its path does not matter.
   * @param info The second argument of a handler of `Deno.serve`: failed attempts
   * to sign in are limited by its address.
   * @returns The response.
   */
  (request: Request, info?: unknown): Promise<Response>;
}

/**
 * Creates a page that shows the plugins of a host, and changes them and their
 * permissions for people who sign in with a token.
 *
 * The page is one handler: every address is its own path with a query, so that it
 * works under any path. It loads nothing from elsewhere, and works without script.
 *
 * @example A page in a server
 * ```ts
 * import { definePlugin, PluginHost } from "@semantik/plugins";
 * import { createPage } from "@semantik/plugins/page";
 * import { assertEquals, assertStringIncludes } from "@std/assert";
 *
 * await using host = new PluginHost({
 *   name: "example",
 *   version: "1.0.0",
 *   builtins: [{
 *     manifest: { id: "hello", type: "greeter", version: "1.0.0" },
 *     plugin: definePlugin({ setup: () => ({}) }),
 *   }],
 * });
 * await host.load();
 * using page = createPage({ host, anonymous: "read" });
 *
 * // In an application: Deno.serve({ hostname: "127.0.0.1" }, page);
 * const response = await page(new Request("http://localhost/plugins"));
 *
 * assertEquals(response.status, 200);
 * assertStringIncludes(await response.text(), "hello");
 * ```
 *
 * @param options The host, the token, and more.
 * @returns The handler. It ends with its host; dispose it to end it earlier.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` if an option is invalid.
 */
export function createPage(options: PageOptions): Page {
  const server = new PageServer(readPageOptions(options));
  const handle = (request: Request, info?: unknown): Promise<Response> => {
    if (!(request instanceof Request)) {
      throw argumentError(request, {
        action: "serve page",
        expected: "a request",
        remedy: "Call page(request), as Deno.serve(page) does",
      });
    }
    return server.handle(request, info);
  };
  return Object.assign(handle, {
    [Symbol.dispose]: () => server.dispose(),
  });
}
