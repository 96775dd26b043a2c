import type { Page } from "@semantik/plugins/page";
import type { GaugeHost } from "./create_host.ts";

/** The value of each live gauge, by the id of its plugin. */
async function readGauges(
  host: GaugeHost,
): Promise<Readonly<Record<string, string>>> {
  const { plugins } = await host.inspect();
  const readings = await Promise.all(
    plugins.flatMap(({ id, status }) =>
      id === undefined || status !== "live" ? [] : [
        // A gauge that is disabled meanwhile is disposed only after this call.
        host.use(id, "gauge", (gauge) => gauge.read())
          .then((value) => [id, value] as const)
          .catch((error) => [id, `cannot be read: ${error}`] as const),
      ]
    ),
  );
  return Object.fromEntries(readings);
}

/** Creates a handler: the values of the gauges as JSON, and the page of the plugins. */
export function createHandler(
  host: GaugeHost,
  page: Page,
): Deno.ServeHandler {
  return async (request, info) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/readings.json") {
      return Response.json(await readGauges(host));
    }
    if (pathname === "/") return await page(request, info);
    return new Response("There is nothing here\n", { status: 404 });
  };
}
