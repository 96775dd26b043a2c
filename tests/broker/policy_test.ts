import { assertEquals, assertMatch } from "@std/assert";
import { Policy, type PolicyFacts } from "../../src/broker/policy.ts";
import type { FindPlace } from "../../src/broker/real_place.ts";
import type { PermissionDeclaration } from "@semantik/plugins/permissions";

/** Links of a pretended file system: each path below one leads elsewhere. */
const LINKS: Readonly<Record<string, string>> = {
  "/in/link": "/out",
  "/in/same": "/in/deep",
  "/own/link": "/out",
  "/linked": "/in",
};

const findPlace: FindPlace = (path) => {
  for (const [link, target] of Object.entries(LINKS)) {
    if (path === link || path.startsWith(`${link}/`)) {
      return { kind: "known", path: target + path.slice(link.length) };
    }
  }
  return path === "/in/dangling"
    ? { kind: "unknown", fault: "it is a link that leads nowhere" }
    : { kind: "known", path };
};

function policy(
  granted: PermissionDeclaration,
  more: Partial<PolicyFacts> = {},
): Policy {
  const facts: PolicyFacts = {
    id: "a",
    declared: granted,
    granted,
    undecided: {},
    revoked: {},
    codePaths: ["/own"],
    importHosts: [],
    searchPath: ["/usr/bin", "/bin"],
    ...more,
  };
  const findRoot = (path: string) => {
    const place = findPlace(path, () => false);
    return place.kind === "known" ? place.path : undefined;
  };
  return new Policy(facts, { findPlace, findRoot });
}

type Check = readonly [permission: string, value: string | null];

function decide(rules: Policy, [permission, value]: Check): string {
  const verdict = rules.decide({ id: 1, pid: 1, permission, value });
  switch (verdict.kind) {
    case "allow":
      return "allow";
    case "ask":
      return `ask ${verdict.entry.kind} ${verdict.entry.value}`;
    case "deny":
      return `deny: ${verdict.reason.replace(/^.*?: /, "")}`;
  }
}

function check(
  rules: Policy,
  table: readonly (readonly [...Check, string | RegExp])[],
): void {
  for (const [permission, value, expected] of table) {
    const name = `${permission} ${value}`;
    const found = decide(rules, [permission, value]);
    if (typeof expected === "string") assertEquals(found, expected, name);
    else assertMatch(found, expected, name);
  }
}

Deno.test("a policy allows what is granted, by the algebra of sets", () => {
  check(
    policy({
      read: ["/in"],
      write: ["/data/file"],
      env: ["HOME", "AWS_*"],
      net: [
        "example.com:443",
        "*.a.example",
        "10.0.0.0/8",
        "[::1]:80",
        "unix:/run/s",
      ],
      sys: ["userInfo"],
      run: ["/bin/echo", "git"],
      ffi: ["/lib/x.so"],
    }, { importHosts: ["deno.land:443"] }),
    [
      ["read", "/in", "allow"],
      ["read", "/in/a/b", "allow"],
      ["read", "/inside", /not declare/],
      ["read", "/own/mod.ts", "allow"],
      ["write", "/own/mod.ts", /not declare/],
      ["write", "/data/file", "allow"],
      ["write", "/data", /not declare/],
      ["env", "HOME", "allow"],
      ["env", "AWS_KEY", "allow"],
      ["env", "AW", /not declare/],
      ["net", "example.com:443", "allow"],
      ["net", "EXAMPLE.com:443", "allow"],
      ["net", "example.com:80", /not declare/],
      ["net", "b.a.example:1", "allow"],
      ["net", "10.1.2.3:5", "allow"],
      ["net", "11.1.2.3:5", /not declare/],
      ["net", "[::1]:80", "allow"],
      ["net", "unix:/run/s", "allow"],
      ["net", "unix:/run/t", /not declare/],
      ["net", "no host at all", /not declare/],
      ["sys", "username", "allow"],
      ["sys", "hostname", /not declare/],
      ["run", "/bin/echo", "allow"],
      ["run", "/usr/bin/git", "allow"],
      ["run", "/own/git", /not declare/],
      ["run", "git", /use the absolute path$/],
      ["run", "echo", /use the absolute path, "\/bin\/echo"$/],
      ["run", "./git", /relative path/],
      ["run", "/own/../bin/echo", /use "\/bin\/echo"$/],
      ["ffi", "/lib/x.so", "allow"],
      ["ffi", "x.so", /relative path/],
      ["import", "deno.land:443", "allow"],
      ["import", "jsr.io:443", /not declare/],
      ["quantum", "x", /does not know this kind/],
    ],
  );
});

Deno.test("a policy allows all of a kind only where all of it is granted", () => {
  const all = {
    read: true,
    write: true,
    net: true,
    env: true,
    run: true,
    ffi: true,
    sys: true,
  } as const;
  const whole = policy(all);
  const lists = policy({
    read: ["/"],
    write: ["/"],
    env: ["*A"],
    run: ["/bin/sh"],
    ffi: ["/"],
  });
  for (const kind of ["read", "write", "net", "env", "run", "ffi", "sys"]) {
    assertEquals(decide(whole, [kind, null]), "allow", kind);
    assertMatch(decide(lists, [kind, null]), /^deny: /, kind);
    const partly = policy(all, {
      revoked: {
        read: ["/x"],
        write: ["/x"],
        net: ["a.example"],
        env: ["A"],
        run: ["/bin/sh"],
        ffi: ["/x"],
        sys: ["uid"],
      },
    });
    assertMatch(decide(partly, [kind, null]), /^deny: /, kind);
  }
  check(whole, [
    ["read", "relative/file", "allow"],
    ["write", "<TMP>", "allow"],
    ["run", "git", "allow"],
    ["read", "/in/dangling", "allow"],
  ]);
});

Deno.test("a policy follows links, and grants no place that they lead to", () => {
  check(policy({ read: ["/in", "/linked"], write: ["/in"] }), [
    ["read", "/in/link/x", /leads to a place/],
    ["write", "/in/link/x", /leads to a place/],
    ["read", "/in/same/x", "allow"],
    ["read", "/own/link/x", /leads to a place/],
    ["read", "/linked/x", "allow"],
    ["read", "/in/dangling", /leads nowhere/],
    ["read", "relative", /relative path/],
    ["read", "", /relative path/],
    ["read", "/in/../out", /use "\/out"/],
    ["write", "<TMP>", /relative path/],
  ]);
  // What a granted link leads to is granted, under either name.
  check(policy({ read: ["/linked"] }), [["read", "/in/x", "allow"]]);
});

Deno.test("a policy denies what was revoked, under each of its names", () => {
  const granted = {
    read: true,
    write: ["/in"],
    net: true,
    env: true,
    run: true,
  } as const;
  check(
    policy(granted, {
      revoked: {
        read: ["/out", "/own"],
        net: ["*.evil.example", "127.0.0.1", "10.0.0.0/8"],
        env: ["AWS_*"],
        run: ["sh"],
      },
    }),
    [
      ["read", "/out/x", /was revoked/],
      ["read", "/in/link/x", /was revoked/],
      ["read", "/in/x", "allow"],
      ["read", "relative", /relative path/],
      ["read", "/own/mod.ts", "allow"],
      ["net", "a.evil.example:443", /was revoked/],
      ["net", "good.example:443", "allow"],
      ["net", "10.1.2.3:80", /was revoked/],
      ["net", "[::ffff:127.0.0.1]:80", /was revoked/],
      ["net", "127.1:80", /write an address as four decimal numbers/],
      ["net", "0x7f.0.0.1:80", /write an address as four decimal numbers/],
      ["net", "2130706433:80", /write an address as four decimal numbers/],
      ["net", "0177.0.0.1:80", /write an address as four decimal numbers/],
      ["env", "AWS_KEY", /was revoked/],
      ["env", "HOME", "allow"],
      ["run", "/bin/sh", /was revoked/],
      ["run", "/bin/true", "allow"],
      ["run", "sh", /use the absolute path/],
    ],
  );
  check(policy({ net: true }), [["net", "127.1:80", "allow"]]);
  check(policy({ net: ["a.example"] }, { revoked: { net: true } }), [
    ["net", "a.example:1", /was revoked/],
  ]);
});

Deno.test("a policy keeps a plugin from changing its programs, and from moving what was revoked", () => {
  check(
    policy({ write: ["/in"], run: ["/in/bin/tool"], read: ["/in"] }, {
      revoked: { read: ["/in/deep/secret"] },
    }),
    [
      ["write", "/in/file", "allow"],
      ["write", "/in/bin/tool", /could change a program/],
      ["write", "/in/bin", /could change a program/],
      ["write", "/in/deep", /undo a revocation/],
      ["write", "/in/same", /undo a revocation/],
      ["write", "/in/deep/secret/x", /undo a revocation/],
      ["read", "/in/deep/secret", /was revoked/],
    ],
  );
});

Deno.test("a policy asks for what nobody decided about, by the entry of the manifest", () => {
  check(
    policy({ net: ["a.example"] }, {
      declared: {
        net: ["a.example", "b.example"],
        read: ["/in"],
        env: ["KEY"],
      },
      undecided: { net: ["b.example"], read: ["/in"] },
    }),
    [
      ["net", "a.example:443", "allow"],
      ["net", "b.example:443", "ask net b.example"],
      ["net", "c.example:443", /not declare/],
      ["read", "/in/x", "ask read /in"],
      ["read", "/in/link/x", /leads to a place/],
      ["read", null, /symbolic links/],
      ["env", "KEY", /declares it, but nobody granted it/],
    ],
  );
});
