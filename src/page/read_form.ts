import { PageFault } from "./page_fault.ts";

/** A configuration is the longest field; a longer body is an attack. */
export const MAX_BODY_BYTES = 262_144;

function tooLong(): PageFault {
  return new PageFault(
    413,
    "The form is too long",
    `Send at most ${MAX_BODY_BYTES / 1_024} KiB`,
  );
}

/** Reads a form, and stops at the limit. */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) {
    throw new PageFault(
      415,
      "This is not a form",
      "Send it as application/x-www-form-urlencoded",
    );
  }
  if (Number(request.headers.get("content-length")) > MAX_BODY_BYTES) {
    throw tooLong();
  }
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw tooLong();
    chunks.push(chunk);
  }
  return new URLSearchParams(await new Blob(chunks).text());
}
