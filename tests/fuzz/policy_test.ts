/** Compares the rules of live mode with a model that is too slow and too plain to be wrong. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { PermissionDeclaration } from "@semantik/plugins/permissions";
import { Policy } from "../../src/broker/policy.ts";
import { normalForm } from "../../src/permissions/normalize_permissions.ts";
import { listEntries } from "../../src/permissions/permission_set.ts";

const numRuns = Number(Deno.env.get("PLUGINS_FUZZ_RUNS") ?? 2_000);

const segment = fc.constantFrom("a", "b", "ab");
const path = fc.array(segment, { minLength: 1, maxLength: 4 })
  .map((segments) => `/${segments.join("/")}`);
const name = fc.constantFrom("K", "K1", "K12", "L", "LK");
const names = fc.oneof(name, fc.constantFrom("K*", "K1*", "L*"));
const host = fc.constantFrom("a.example", "b.a.example", "ba.example");
const port = fc.constantFrom("", ":80", ":443");
const endpoint = fc.tuple(host, port).map(([host, port]) => host + port);
const endpoints = fc.oneof(
  endpoint,
  fc.tuple(host, port).map(([host, port]) => `*.${host}${port}`),
);

function listOf(value: fc.Arbitrary<string>) {
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant(true as const) },
    { weight: 6, arbitrary: fc.array(value, { minLength: 1, maxLength: 3 }) },
  );
}

const set: fc.Arbitrary<PermissionDeclaration> = fc.record({
  read: listOf(path),
  env: listOf(names),
  net: listOf(endpoints),
}, { requiredKeys: [] }).map((one) => normalForm(listEntries(one)));

type Request = readonly [kind: "read" | "env" | "net", value: string | null];

const requests: fc.Arbitrary<readonly Request[]> = fc.array(
  fc.oneof(
    fc.tuple(fc.constant("read" as const), fc.option(path)),
    fc.tuple(fc.constant("env" as const), fc.option(name)),
    fc.tuple(
      fc.constant("net" as const),
      fc.option(
        fc.tuple(host, fc.constantFrom(":80", ":443", ":8080"))
          .map(([host, port]) => host + port),
      ),
    ),
  ),
  { minLength: 1, maxLength: 8 },
);

/** Links that lead down the alphabet, so that none leads to itself. */
type Links = ReadonlyMap<string, string>;

const links: fc.Arbitrary<Links> = fc.array(
  fc.tuple(
    fc.constantFrom("/a/a", "/a/b", "/b/a", "/ab", "/a/ab/b"),
    fc.constantFrom("/b/ab", "/b/b", "/b/b/a", "/b"),
  ).filter(([link, target]) => !link.startsWith(target)),
  { maxLength: 2 },
).map((pairs) => new Map(pairs));

/** Follows links, one after the other. */
function follow(path: string, links: Links): string {
  for (let steps = 0; steps < 10; steps++) {
    const found = [...links].find(([link]) =>
      path === link || path.startsWith(`${link}/`)
    );
    if (found === undefined) return path;
    path = found[1] + path.slice(found[0].length);
  }
  return path;
}

function isUnder(path: string, root: string): boolean {
  return path === root || path.startsWith(root === "/" ? "/" : `${root}/`);
}

function covers(kind: Request[0], entry: string, value: string): boolean {
  if (kind === "read") return isUnder(value, entry);
  if (kind === "env") {
    return entry.endsWith("*")
      ? value.startsWith(entry.slice(0, -1))
      : value === entry;
  }
  const [host = "", port] = entry.split(":");
  const [wanted = "", wantedPort] = value.split(":");
  if (port !== undefined && port !== wantedPort) return false;
  if (!host.startsWith("*.")) return host === wanted;
  return wanted === host.slice(2) || wanted.endsWith(host.slice(1));
}

interface Model {
  readonly granted: PermissionDeclaration;
  readonly revoked: PermissionDeclaration;
  readonly links: Links;
}

/** The entries of a set, under each of their names. */
function namesOf(
  set: PermissionDeclaration,
  kind: Request[0],
  links: Links,
): true | readonly string[] {
  const list = set[kind] ?? [];
  if (list === true || kind !== "read") return list;
  return list.flatMap((path) => [path, follow(path, links)]);
}

function isIn(
  set: PermissionDeclaration,
  kind: Request[0],
  value: string,
  links: Links,
): boolean {
  const list = namesOf(set, kind, links);
  return list === true || list.some((entry) => covers(kind, entry, value));
}

function mayDo({ granted, revoked, links }: Model, [kind, value]: Request) {
  if (value === null) {
    return granted[kind] === true && revoked[kind] === undefined;
  }
  const isAll = granted[kind] === true && revoked[kind] === undefined;
  if (isAll) return true;
  const places = kind === "read" ? [value, follow(value, links)] : [value];
  return places.every((one) =>
    isIn(granted, kind, one, links) && !isIn(revoked, kind, one, links)
  );
}

Deno.test("a policy decides as a plain model of granted and revoked permissions does", () => {
  fc.assert(
    fc.property(
      set,
      set,
      links,
      requests,
      (granted, revoked, links, requests) => {
        const policy = new Policy({
          id: "a",
          declared: granted,
          granted,
          undecided: {},
          revoked,
          codePaths: [],
          importHosts: [],
          searchPath: [],
        }, {
          findPlace: (path) => ({ kind: "known", path: follow(path, links) }),
          findRoot: (path) => follow(path, links),
        });
        for (const request of requests) {
          const [permission, value] = request;
          const { kind } = policy.decide({ id: 1, pid: 1, permission, value });
          const expected = mayDo({ granted, revoked, links }, request);
          assertEquals(kind, expected ? "allow" : "deny", `${request}`);
        }
      },
    ),
    { numRuns },
  );
});

Deno.test("a policy asks for no more than is undecided, and never for what is revoked", () => {
  fc.assert(
    fc.property(set, set, set, links, requests, (...given) => {
      const [granted, undecided, revoked, links, requests] = given;
      const policyOf = (granted: PermissionDeclaration, more = {}) =>
        new Policy({
          id: "a",
          declared: {},
          granted,
          undecided: {},
          revoked,
          codePaths: [],
          importHosts: [],
          searchPath: [],
          ...more,
        }, {
          findPlace: (path) => ({ kind: "known", path: follow(path, links) }),
          findRoot: (path) => follow(path, links),
        });
      const policy = policyOf(granted, { undecided });
      const all = normalForm([
        ...listEntries(granted),
        ...listEntries(undecided),
      ]);
      const without = policyOf(granted);
      const withAll = policyOf(all);
      for (const [permission, value] of requests) {
        const request = { id: 1, pid: 1, permission, value };
        const { kind } = policy.decide(request);
        const before = without.decide(request).kind;
        const after = withAll.decide(request).kind;
        // A question changes nothing by itself, and a yes to everything suffices.
        if (kind === "ask") assertEquals([before, after], ["deny", "allow"]);
        else assertEquals(kind, before);
        if (value !== null && before === "deny" && after === "allow") {
          assertEquals(kind, "ask");
        }
      }
    }),
    { numRuns },
  );
});
