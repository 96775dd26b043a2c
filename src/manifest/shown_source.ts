/**
 * A source as it may be shown: in reports, messages and the audit trail.
 *
 * @module
 */

function shownUrl(text: string): string {
  const url = new URL(text);
  const hasCredential = url.username !== "" || url.password !== "";
  if (!hasCredential && url.search === "") return text;
  if (hasCredential) {
    url.username = "***";
    url.password = "";
  }
  // The key of a signed URL stands in its query.
  if (url.search !== "") url.search = "?***";
  return url.href;
}

/**
 * Takes what may be a secret out of a source: the user and the query of a URL.
 *
 * @param source The source as the host wrote it.
 * @returns The source, for people.
 */
export function shownSource(source: string | URL): string {
  const text = String(source);
  return /^https?:/i.test(text) && URL.canParse(text)
    ? shownUrl(text)
    : text.replace(/^([A-Za-z][A-Za-z0-9+.-]+:[\\/]*)[^\\/]*@/, (all, start) =>
      /^(?:jsr|npm|file):/i.test(all) ? all : `${start}***@`);
}
