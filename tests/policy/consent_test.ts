/** Compares the rules of consent with a model that looks at single accesses. */

import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import {
  difference,
  normalizePermissions,
  type PermissionSet,
} from "@semantik/plugins/permissions";
import type { PluginState } from "@semantik/plugins/state";
import type { ReadPlugin } from "../../src/manifest/manifest.ts";
import {
  type ConsentRules,
  consentSource,
  type ConsentSubject,
  decideGrants,
  EVERYTHING,
  extendConsent,
  grantToEveryone,
  grantToPlugin,
  missingConsent,
  recordOf,
  revokeFrom,
  takenPermissions,
} from "../../src/policy/consent.ts";
import { overlap } from "../../src/permissions/set_algebra.ts";

const numRuns = Number(Deno.env.get("PLUGINS_FUZZ_RUNS") ?? 3_000);
const FEWER = Math.ceil(numRuns / 6);

const VALUES = {
  read: ["/a", "/a/b", "/a/b/c", "/ab", "/d"],
  net: ["*.e.test", "a.e.test", "a.e.test:443", "b.e.test", "f.test:80"],
  env: ["A_*", "A_B_*", "A_B_C", "D"],
  run: ["git", "/bin/sh"],
} as const;

type Kind = keyof typeof VALUES;

const KINDS = ["read", "net", "env", "run"] as const;

/** Accesses that a process may try, enough to tell the values apart. */
const ACCESSES: readonly (readonly [Kind, string])[] = [
  ...["/a", "/a/x", "/a/b", "/a/b/x", "/a/b/c", "/ab", "/d/e", "/z"]
    .map((path) => ["read", path] as const),
  ...["e.test:80", "a.e.test:80", "a.e.test:443", "b.e.test:1", "x.e.test:2"]
    .map((host) => ["net", host] as const),
  ...["f.test:80", "f.test:81", "z.test:80"]
    .map((host) => ["net", host] as const),
  ...["A_", "A_X", "A_B_", "A_B_X", "A_B_C", "D", "Z"]
    .map((name) => ["env", name] as const),
  ...["git", "/bin/sh", "ls"].map((program) => ["run", program] as const),
];

function permitsValue(kind: Kind, value: string, access: string): boolean {
  switch (kind) {
    case "read":
      return access === value || access.startsWith(`${value}/`);
    case "net": {
      const [host = "", port] = value.split(":");
      const [name = "", used] = access.split(":");
      const isHost = host.startsWith("*.")
        ? name === host.slice(2) || name.endsWith(host.slice(1))
        : name === host;
      return isHost && (port === undefined || port === used);
    }
    case "env":
      return value.endsWith("*")
        ? access.startsWith(value.slice(0, -1))
        : access === value;
    case "run":
      return access === value;
  }
}

/** The model: one access, one set, every entry of it. */
function permits(set: PermissionSet, [kind, access]: readonly [Kind, string]) {
  const list = set[kind];
  return list === true ||
    (list ?? []).some((value) => permitsValue(kind, value, access));
}

const sets: fc.Arbitrary<PermissionSet> = fc.record(
  Object.fromEntries(
    KINDS.map((kind) => [
      kind,
      fc.oneof(
        { weight: 1, arbitrary: fc.constant<true>(true) },
        {
          weight: 6,
          arbitrary: fc.subarray<string>([...VALUES[kind]], { minLength: 1 }),
        },
      ),
    ]),
  ),
  { requiredKeys: [] },
).map((written) => normalizePermissions(written, { windows: false }));

const rules: fc.Arbitrary<ConsentRules> = fc.record({
  mode: fc.constantFrom("none", "required"),
  byDigest: fc.boolean(),
});

const AT = "2026-01-02T03:04:05.000Z";
const sources = fc.constantFrom("/one/plugin.json", "/two/plugin.json");
const digests = fc.constantFrom(undefined, "x", "y");

const consents = fc.record({
  permissions: sets,
  source: sources,
  digest: digests,
}).map(({ digest, ...others }) => ({
  ...others,
  at: AT,
  ...digest === undefined ? {} : { digest },
}));

const states: fc.Arbitrary<PluginState> = fc.record({
  consent: consents,
  revoked: sets,
}, { requiredKeys: [] });

const subjects: fc.Arbitrary<ConsentSubject> = fc.record({
  origin: fc.constantFrom("builtin", "external"),
  source: sources,
  digest: digests,
  required: sets,
  optional: sets,
});

function isEmpty(set: PermissionSet): boolean {
  return Object.keys(set).length === 0;
}

Deno.test("missingConsent() keeps a yes exactly while nothing is added", () => {
  let kept = 0;
  let waiting = 0;
  fc.assert(
    fc.property(
      subjects,
      states,
      fc.option(consents, { nil: undefined }),
      rules,
      (subject, state, inThisRun, given) => {
        const record = recordOf(state, undefined, inThisRun);
        const missing = missingConsent(subject, record, given);
        const valid = record.consents.filter(({ source, digest }) =>
          source === subject.source &&
          !(given.byDigest && subject.digest !== undefined &&
            digest !== subject.digest)
        );
        const needsNone = given.mode === "none" ||
          (subject.origin === "builtin" && isEmpty(subject.required) &&
            isEmpty(subject.optional));
        const isMore = ACCESSES.some((access) =>
          permits(subject.required, access) &&
          !valid.some(({ permissions }) => permits(permissions, access))
        );
        const mayRun = needsNone || (valid.length > 0 && !isMore);
        assertEquals(missing === undefined, mayRun);
        if (needsNone) return;
        if (mayRun) kept++;
        else waiting++;
        if (missing === undefined) return;
        // The difference names all that is new, and at least one thing if anything is.
        for (const access of ACCESSES) {
          const isNew = permits(subject.required, access) &&
            !valid.some(({ permissions }) => permits(permissions, access));
          if (isNew) assert(permits(missing.added, access));
        }
        const last = record.consents.at(-1);
        assertEquals(
          missing.reason,
          valid.length > 0
            ? "permissions"
            : last === undefined
            ? "first"
            : record.consents.some(({ source }) => source === subject.source)
            ? "digest"
            : "source",
        );
      },
    ),
    { numRuns },
  );
  // It proves nothing unless both happen often.
  assert(kept > numRuns / 50, `${kept} kept`);
  assert(waiting > numRuns / 10, `${waiting} waiting`);
});

Deno.test("decideGrants() grants what is declared and agreed to, and nothing that was revoked", () => {
  fc.assert(
    fc.property(
      subjects,
      states,
      fc.option(states, { nil: undefined }),
      sets,
      rules,
      (subject, state, everyone, ofHost, given) => {
        const record = recordOf(state, everyone, undefined);
        const { granted, revoked, undecided } = decideGrants(
          subject,
          record,
          given,
          ofHost,
        );
        // Neither flags nor questions name what was revoked as a whole.
        assertEquals(difference(granted, revoked), granted);
        assertEquals(difference(undecided, revoked), undecided);
        const { consent } = state;
        const isFor = consent !== undefined &&
          missingConsent(
              { ...subject, origin: "external", required: {} },
              record,
              { ...given, mode: "required" },
            ) === undefined;
        for (const access of ACCESSES) {
          const isRevoked = permits(state.revoked ?? {}, access) ||
            permits(everyone?.revoked ?? {}, access);
          const isChosen = permits(subject.optional, access) &&
            ((isFor && permits(consent.permissions, access)) ||
              (given.mode === "none" && permits(ofHost, access)));
          const isDeclared = permits(subject.required, access) || isChosen;
          assertEquals(
            permits(granted, access) && !permits(revoked, access),
            isDeclared && !isRevoked,
            access.join(" "),
          );
          assertEquals(permits(revoked, access), isRevoked);
          if (permits(undecided, access)) {
            assert(permits(subject.optional, access));
          }
          const isOpen = permits(subject.optional, access) && !isChosen &&
            !isRevoked;
          if (isOpen) assert(permits(undecided, access), access.join(" "));
        }
      },
    ),
    { numRuns: FEWER },
  );
});

Deno.test("overlap() finds every entry that shares an access", () => {
  fc.assert(
    fc.property(sets, sets, (a, b) => {
      const both = overlap(a, b);
      for (const kind of KINDS) {
        const list = a[kind];
        const entries = list === true ? [true as const] : list ?? [];
        for (const value of entries) {
          const one: PermissionSet = {
            [kind]: value === true ? true : [value],
          };
          const isShared = ACCESSES.some((access) =>
            permits(one, access) && permits(b, access)
          );
          const found = both[kind];
          const isFound = value === true
            ? found === true
            : found === true || (found ?? []).includes(value);
          assertEquals(isFound, isShared, `${kind} ${value}`);
        }
      }
    }),
    { numRuns: FEWER },
  );
});

const facts = { id: "a", by: undefined, at: AT };

Deno.test("revokeFrom() takes everything that it names, until it is granted again", () => {
  const required = { mode: "required", byDigest: false } as const;
  fc.assert(
    fc.property(
      subjects,
      states,
      fc.array(
        fc.tuple(
          fc.constantFrom("grant", "revoke", "grant all", "revoke all"),
          sets.filter((set) => !isEmpty(set)),
        ),
        { maxLength: 6 },
      ),
      (subject, first, decisions) => {
        const declared = (access: readonly [Kind, string]) =>
          permits(subject.required, access) ||
          permits(subject.optional, access);
        let own: PluginState = first;
        let all: PluginState = {};
        for (const [action, permissions] of decisions) {
          const named = { ...facts, permissions };
          const made = action === "grant"
            ? grantToPlugin(subject, {}, own, named, required)
            : action === "revoke"
            ? revokeFrom(own, named)
            : action === "grant all"
            ? grantToEveryone(all, { ...named, id: "*" })
            : revokeFrom(all, named);
          if (!made.ok) {
            assert(action.startsWith("grant"));
            continue;
          }
          if (action.endsWith("all")) all = made.state;
          else own = made.state;
          const record = recordOf(own, all, undefined);
          const grants = decideGrants(subject, record, required, {});
          const isAllowed = (access: readonly [Kind, string]) =>
            permits(grants.granted, access) &&
            !permits(grants.revoked, access);
          for (const access of ACCESSES) {
            if (!permits(permissions, access)) continue;
            if (action.startsWith("revoke")) {
              assert(!isAllowed(access), access.join(" "));
            } else if (action === "grant") {
              assertEquals(
                isAllowed(access),
                declared(access) && !permits(all.revoked ?? {}, access),
                access.join(" "),
              );
            } else {
              assert(!permits(all.revoked ?? {}, access), access.join(" "));
            }
          }
        }
      },
    ),
    { numRuns: FEWER },
  );
});

Deno.test("revokeFrom() without permissions ends a plugin in either process, and its yes", () => {
  fc.assert(
    fc.property(subjects, states, (subject, state) => {
      const made = revokeFrom(state, { ...facts, permissions: undefined });
      assert(made.ok);
      assertEquals(made.state.consent, undefined);
      assertEquals(made.state.revoked, EVERYTHING);
      const record = recordOf(made.state, undefined, undefined);
      for (const runner of ["in-process", "subprocess"] as const) {
        assert(takenPermissions(subject, record, runner));
      }
      const back = grantToPlugin(
        subject,
        {},
        made.state,
        { ...facts, permissions: undefined },
        { mode: "required", byDigest: true },
      );
      assert(back.ok);
      assertEquals(back.state.revoked, undefined);
      const after = recordOf(back.state, undefined, undefined);
      for (const runner of ["in-process", "subprocess"] as const) {
        assertEquals(takenPermissions(subject, after, runner), undefined);
      }
      const rules = { mode: "required", byDigest: true } as const;
      assertEquals(missingConsent(subject, after, rules), undefined);
    }),
    { numRuns: FEWER },
  );
});

Deno.test("extendConsent() adds to a yes for the same code, and replaces one for other code", () => {
  fc.assert(
    fc.property(
      subjects,
      consents,
      sets,
      rules,
      (subject, last, more, given) => {
        const next = extendConsent(
          subject,
          last,
          more,
          { by: "ada", at: AT },
          given,
        );
        assertEquals([next.source, next.by], [subject.source, "ada"]);
        const isSame = last.source === subject.source &&
          !(given.byDigest && subject.digest !== undefined &&
            last.digest !== subject.digest);
        for (const access of ACCESSES) {
          assertEquals(
            permits(next.permissions, access),
            permits(more, access) ||
              (isSame && permits(last.permissions, access)),
          );
        }
      },
    ),
    { numRuns: FEWER },
  );
});

/** A plugin whose code was read from somewhere. */
function readFrom(
  source: string,
  place: string,
  directory?: string,
): ReadPlugin {
  const manifest = {
    id: "a",
    type: "thing",
    version: "1.0.0",
    requires: [],
    permissions: {},
    optionalPermissions: {},
  };
  return {
    ok: true,
    source,
    origin: "external",
    manifest,
    code: {
      kind: "module",
      specifier: source,
      judged: { place, bytes: new Uint8Array(), manifest, directory },
    },
    directory,
    namedAfterId: true,
  };
}

Deno.test("consentSource() names a place once, and a package without its version", () => {
  const rows: readonly (readonly [ReadPlugin, string])[] = [
    [readFrom("./plugins/a", "/p/a/plugin.json", "/p/a"), "/p/a/plugin.json"],
    [readFrom("plugins/a/", "/p/a/plugin.json", "/p/a"), "/p/a/plugin.json"],
    [readFrom("jsr:@a/b@1.0.0", "x"), "jsr:@a/b"],
    [readFrom("jsr:@a/b@^1.0.0/sub", "x"), "jsr:@a/b/sub"],
    [readFrom("jsr:@a/b", "x"), "jsr:@a/b"],
    [readFrom("npm:b@2", "x"), "npm:b"],
    [readFrom("npm:@a/b@2", "x"), "npm:@a/b"],
    [
      readFrom("https://x.test/b@2/plugin.json", "x"),
      "https://x.test/b@2/plugin.json",
    ],
  ];
  for (const [plugin, expected] of rows) {
    assertEquals(consentSource(plugin), expected);
  }
});
