// A token and its name are short; a longer body is an attack.
const MAX_BYTES = 4_096;

async function readText(request: Request): Promise<string | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return await new Blob(chunks).text();
}

/**
 * Reads the token of a request from its `Authorization` header, or from the
 * form of the page.
 */
export async function readToken(request: Request): Promise<string | undefined> {
  const header = request.headers.get("authorization") ?? "";
  const bearer = /^Bearer ([\x21-\x7e]+)$/i.exec(header)?.[1];
  if (bearer !== undefined) return bearer;
  const type = request.headers.get("content-type") ?? "";
  if (!type.startsWith("application/x-www-form-urlencoded")) return undefined;
  const text = await readText(request);
  return text === undefined
    ? undefined
    : new URLSearchParams(text).get("token") ?? undefined;
}
