import { reasonOf } from "./setup_error.ts";

/** Whether JSR can be used from here, and if not, why. */
export type JsrAnswer =
  | { readonly reached: true }
  | { readonly reached: false; readonly reason: string };

/**
 * Says where Deno takes `jsr:` packages from.
 *
 * @param jsrUrl Value of the variable `JSR_URL`, which moves Deno to another registry.
 * @returns The registry's address.
 */
export function jsrAddress(jsrUrl: string | undefined): URL {
  return new URL(jsrUrl || "https://jsr.io/");
}

/**
 * Asks JSR for one small file.
 *
 * @param address The registry's address.
 * @param timeout How long to wait, in milliseconds.
 * @param fetcher Does the request.
 * @returns The answer; never throws.
 */
export async function askJsr(
  address: URL,
  timeout: number,
  fetcher: typeof fetch = fetch,
): Promise<JsrAnswer> {
  try {
    const response = await fetcher(new URL("@std/log/meta.json", address), {
      signal: AbortSignal.timeout(timeout),
    });
    if (!response.ok) {
      await response.body?.cancel();
      return { reached: false, reason: `status ${response.status}` };
    }
    // A proxy's log-in page is an answer too, but not one of JSR.
    const meta: unknown = await response.json();
    return typeof meta === "object" && meta !== null && "versions" in meta
      ? { reached: true }
      : { reached: false, reason: "an answer that is not from a JSR registry" };
  } catch (error) {
    // Deno's message ends with what is the case; the address before it is long.
    const reason = reasonOf(error).split(": ").at(-1) ?? "";
    return { reached: false, reason };
  }
}
