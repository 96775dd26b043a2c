import { reasonOf } from "./setup_error.ts";

/** The result of a request to JSR. */
export type JsrAnswer =
  | { readonly reached: true }
  | { readonly reached: false; readonly reason: string };

/** Returns the address that Deno fetches `jsr:` packages from. */
export function jsrAddress(jsrUrl: string | undefined): URL {
  return new URL(jsrUrl || "https://jsr.io/");
}

/** Asks JSR for one small file. */
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
    // A proxy's login page is a response too, but not one of JSR.
    const meta: unknown = await response.json();
    return typeof meta === "object" && meta !== null && "versions" in meta
      ? { reached: true }
      : { reached: false, reason: "an answer that is not from a JSR registry" };
  } catch (error) {
    // Deno's message ends with the reason; the address before it is long.
    const reason = reasonOf(error).split(": ").at(-1) ?? "";
    return { reached: false, reason };
  }
}
