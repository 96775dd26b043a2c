/**
 * Internet addresses as Rust's standard library reads them, for that is what
 * Deno compares.
 *
 * @module
 */

// No leading zeros: Rust takes "01.2.3.4" for a name.
const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4_REGEXP = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const MAPPED_REGEXP = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;

/**
 * Whether a text is an IPv4 address.
 *
 * @param text Any text.
 * @returns True for four decimal numbers without leading zeros.
 */
export function isIpv4(text: string): boolean {
  return IPV4_REGEXP.test(text);
}

/**
 * The number of an IPv4 address.
 *
 * @param address An address that {@linkcode isIpv4} accepts.
 * @returns A number from 0 to 2^32 - 1.
 */
export function ipv4ToNumber(address: string): number {
  return address.split(".").reduce(
    (number, octet) => number * 256 + Number(octet),
    0,
  );
}

/**
 * The IPv4 address of a number.
 *
 * @param number A number from 0 to 2^32 - 1.
 * @returns Four decimal numbers with dots between them.
 */
export function ipv4FromNumber(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}

/**
 * The address that a text within square brackets stands for.
 *
 * An IPv4 address in IPv6 clothes (`::ffff:1.2.3.4`) becomes the IPv4 address:
 * Deno compares the two as equal.
 *
 * @param text What stands between the brackets.
 * @returns The address in its shortest form, IPv6 in square brackets, or
 * `undefined` when it is none.
 */
export function canonicalIpv6(text: string): string | undefined {
  // The URL parser ends a host at these, so they must not reach it.
  if (!/^[\da-fA-F:.]+$/.test(text)) return undefined;
  const url = URL.parse(`http://[${text}]/`);
  if (url === null) return undefined;
  const address = url.hostname.slice(1, -1);
  const mapped = MAPPED_REGEXP.exec(address);
  if (mapped === null) return url.hostname;
  const [, high = "0", low = "0"] = mapped;
  return ipv4FromNumber(parseInt(high, 16) * 65536 + parseInt(low, 16));
}
