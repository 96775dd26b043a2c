/** Random permissions that often cover each other. @module */

import type { PermissionDeclaration } from "@semantik/plugins/permissions";
import fc from "fast-check";

const segment = fc.constantFrom("a", "b", "ab", "data", "database", ".hidden");
const port = fc.constantFrom("", ":80", ":443", ":0", ":65535");
const name = fc.constantFrom("a", "b", "example", "x-1", "_srv");

/** An absolute path, not yet normal. */
export const absolutePath: fc.Arbitrary<string> = fc.array(
  fc.oneof({ weight: 8, arbitrary: segment }, {
    weight: 1,
    arbitrary: fc.constantFrom(".", ".."),
  }),
  { maxLength: 4 },
).map((segments) => `/${segments.join("/")}`);

/** A path of a manifest. */
export const declaredPath: fc.Arbitrary<string> = fc.oneof(
  absolutePath,
  absolutePath.map((path) => `.${path}`),
  fc.array(segment, { maxLength: 3 }).map((segments) =>
    ["$DATA", ...segments].join("/")
  ),
);

const octet = fc.constantFrom(0, 10, 127, 255);
const ipv4 = fc.tuple(octet, octet, octet, octet).map((octets) =>
  octets.join(".")
);
const domain = fc.array(name, { minLength: 1, maxLength: 3 }).map((labels) =>
  labels.join(".")
);

/** A value of `net`. */
export const netHost: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(domain, port).map((parts) => parts.join("")),
  fc.tuple(domain, port).map((parts) => `*.${parts.join("")}`),
  fc.tuple(ipv4, port).map((parts) => parts.join("")),
  fc.tuple(ipv4, fc.integer({ min: 0, max: 32 }), port).map(
    ([address, length, after]) => `${address}/${length}${after}`,
  ),
  fc.tuple(fc.constantFrom("::", "::1", "2001:DB8::1", "::ffff:10.0.0.1"), port)
    .map(([address, after]) => `[${address}]${after}`),
  absolutePath.map((path) => `unix:${path}`),
  fc.constantFrom("vsock:2:80", "vsock:-1:80", ":80", ":443"),
);

const variable = fc.constantFrom("A", "AB", "AWS_KEY", "AWS_KEY_ID", "HOME");

/** A variable or a wildcard of variables. */
export const envName: fc.Arbitrary<string> = fc.oneof(
  variable,
  fc.tuple(variable, fc.nat(4)).map(([text, length]) =>
    `${text.slice(0, length)}*`
  ),
);

const lists: Readonly<Record<string, fc.Arbitrary<string>>> = {
  read: declaredPath,
  write: declaredPath,
  net: netHost,
  env: envName,
  sys: fc.constantFrom("hostname", "uid", "username", "userInfo", "cpus"),
  run: fc.oneof(
    fc.constantFrom("git", "deno", "ls"),
    declaredPath.filter((path) => path.includes("/")),
  ),
  ffi: declaredPath,
  import: netHost.filter((host) => !/^(?:unix|vsock)?:/.test(host)),
};

function kind(
  values: fc.Arbitrary<string>,
): fc.Arbitrary<true | readonly string[]> {
  return fc.oneof(
    {
      weight: 9,
      arbitrary: fc.uniqueArray(values, { minLength: 1, maxLength: 5 }),
    },
    { weight: 1, arbitrary: fc.constant(true as const) },
  );
}

/** A declaration that Deno accepts. */
export const declaration: fc.Arbitrary<PermissionDeclaration> = fc.record(
  Object.fromEntries(
    Object.entries(lists).map(([name, values]) => [name, kind(values)]),
  ),
  { requiredKeys: [] },
);
