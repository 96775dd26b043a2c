import {
  assert,
  assertEquals,
  assertFalse,
  assertStringIncludes,
} from "@std/assert";
import {
  type DeclaredVariables,
  type Environment,
  recordEnvironment,
  type ResolveConfigOptions,
  resolveConfigReferences,
  secretFiles,
} from "@semantik/plugins/environment";
import vectors from "../vectors/config_references.json" with { type: "json" };

const environment = recordEnvironment({
  MY_KEY: "canary-one",
  OTHER: "canary-two",
  EMPTY: "",
  lower: "canary-three",
});

function resolve(
  config: unknown,
  declared: DeclaredVariables = ["MY_KEY"],
  options: Partial<ResolveConfigOptions> = {},
) {
  return resolveConfigReferences(config, { environment, declared, ...options });
}

function resolved(...args: Parameters<typeof resolve>): unknown {
  const result = resolve(...args);
  assert(result.ok, Deno.inspect(result));
  return result.config;
}

/** Lists the problems as `path: message`. */
function faults(...args: Parameters<typeof resolve>): readonly string[] {
  const result = resolve(...args);
  assertFalse(result.ok);
  const all = JSON.stringify(result);
  assertFalse(all.includes("canary"), all);
  const start = "Cannot use configuration: ";
  return result.problems.map(({ code, message, remedy }) => {
    assertEquals(code, "PLUGIN_CONFIG_INVALID");
    assert(message.startsWith(start), message);
    assert(remedy.length > 0);
    return message.slice(start.length);
  });
}

Deno.test("resolveConfigReferences() agrees with the vectors", async (t) => {
  const environment = recordEnvironment(vectors.environment);
  for (const { config, declared, resolved, error } of vectors.cases) {
    await t.step(JSON.stringify(config), () => {
      const result = resolveConfigReferences(config, { environment, declared });
      assertEquals(result.ok, error !== true);
      if (result.ok) assertEquals(result.config, resolved);
    });
  }
});

Deno.test("resolveConfigReferences() replaces references at any depth", () => {
  const config = {
    api_key_env: "MY_KEY",
    servers: [{ auth: { token_env: "OTHER" } }, [{ x_env: "MY_KEY" }]],
    model: "m",
    none: null,
    empty: [],
  };
  const before = structuredClone(config);
  const result = resolve(config, ["MY_KEY", "OTHER"]);
  assert(result.ok);
  assertEquals(result.config, {
    api_key: "canary-one",
    servers: [{ auth: { token: "canary-two" } }, [{ x: "canary-one" }]],
    model: "m",
    none: null,
    empty: [],
  });
  assertEquals(result.references, [
    { from: "variable", path: "api_key", variable: "MY_KEY" },
    { from: "variable", path: "servers[0].auth.token", variable: "OTHER" },
    { from: "variable", path: "servers[1][0].x", variable: "MY_KEY" },
  ]);
  assertEquals(config, before);
});

Deno.test("resolveConfigReferences() refuses an undeclared variable", () => {
  const notDeclared = (path: string, name = '"OTHER"') =>
    `${path} names ${name}, which the manifest does not declare under permissions.env`;
  assertEquals(faults({ a_env: "OTHER" }), [notDeclared("a_env")]);
  assertEquals(faults({ a_env: "OTHER" }, []), [notDeclared("a_env")]);
  assertEquals(faults({ a_env: "OTHER" }, ["OTHE", "OTHER_*"]), [
    notDeclared("a_env"),
  ]);
  assertEquals(resolved({ a_env: "OTHER" }, ["OTH*"]), { a: "canary-two" });
  assertEquals(resolved({ a_env: "OTHER" }, true), { a: "canary-two" });
  // A secret where its variable's name belongs is not repeated.
  assertEquals(faults({ a_env: "AKIAIOSFODNN7EXAMPLE" }), [
    notDeclared("a_env", "a variable"),
  ]);
  assertEquals(faults({ a_env: "JBSWY3DPEHPK3PXP7" }), [
    notDeclared("a_env", "a variable"),
  ]);
});

Deno.test("resolveConfigReferences() leaves out an unset variable and reports it", () => {
  const closed: Environment = { ...openEnvironment(), permits: () => false };
  const result = resolve({ a_env: "NOT_SET", b: { c_env: "EMPTY" } }, [
    "NOT_SET",
    "EMPTY",
  ]);
  assert(result.ok);
  assertEquals(result.config, { b: {} });
  assertEquals(result.unset, [
    { path: "a", variable: "NOT_SET", permitted: true },
    { path: "b.c", variable: "EMPTY", permitted: true },
  ]);
  const unread = resolve({ a_env: "MY_KEY" }, ["MY_KEY"], {
    environment: closed,
  });
  assert(unread.ok);
  assertEquals(unread.unset, [
    { path: "a", variable: "MY_KEY", permitted: false },
  ]);
});

function openEnvironment(): Environment {
  return {
    get: () => undefined,
    toRecord: () => ({}),
    supplies: () => false,
    permits: () => true,
  };
}

Deno.test("resolveConfigReferences() refuses a literal and a reference for one key, in any order", () => {
  const twice = ["a is given twice, by its value and by a_env"];
  assertEquals(faults({ a: "x", a_env: "MY_KEY" }), twice);
  assertEquals(faults({ a_env: "MY_KEY", a: "x" }), twice);
  assertEquals(faults({ a_env: "MY_KEY", a: null }), twice);
  assertEquals(faults({ a_env: "NOT_SET", a: "x" }, ["NOT_SET"]), twice);
  for (
    const config of [
      { a: undefined, a_env: "MY_KEY" },
      { a_env: "MY_KEY", a: undefined },
    ]
  ) {
    assertEquals(resolved(config), { a: "canary-one" });
  }
});

Deno.test("resolveConfigReferences() passes a value that names no variable, with one notice", () => {
  const config = {
    python_env: "my env",
    node_env: "production",
    list_env: ["my env", "other"],
    number_env: 3,
    env: "MY_KEY",
    _env: "MY_KEY",
    nested_env: { a_env: "MY_KEY" },
    env_file: "MY_KEY",
    empty_env: "",
  };
  const result = resolve(config);
  assert(result.ok);
  assertEquals(result.config, { ...config, nested_env: { a: "canary-one" } });
  assertEquals(result.notices.map(({ path }) => path), [
    "python_env",
    "node_env",
    "list_env",
    "number_env",
    "nested_env",
    "empty_env",
  ]);
  assertFalse(JSON.stringify(result.notices).includes("my env"));
});

Deno.test("resolveConfigReferences() reads every spelling of a reference", () => {
  assertEquals(
    resolved({
      apiKeyEnv: "MY_KEY",
      API_KEY_ENV: "MY_KEY",
      "api-key-env": "MY_KEY",
      "X-TOKEN-ENV": "MY_KEY",
      "db.url.env": "MY_KEY",
      dbUrlENV: "MY_KEY",
      s3Env: "MY_KEY",
    }),
    {
      apiKey: "canary-one",
      API_KEY: "canary-one",
      "api-key": "canary-one",
      "X-TOKEN": "canary-one",
      "db.url": "canary-one",
      dbUrl: "canary-one",
      s3: "canary-one",
    },
  );
  const kept = {
    env: "MY_KEY",
    Env: "MY_KEY",
    ENV: "MY_KEY",
    golden: "MY_KEY",
  };
  assertEquals(resolved(kept), kept);
  assertEquals(faults({ appEnv: "OTHER", "web-env": "OTHER" }), [
    'appEnv names "OTHER", which the manifest does not declare under permissions.env',
    '["web-env"] names "OTHER", which the manifest does not declare under permissions.env',
  ]);
  assertEquals(faults({ apiUrl: "x", apiUrlEnv: "MY_KEY" }), [
    "apiUrl is given twice, by its value and by apiUrlEnv",
  ]);
});

Deno.test("resolveConfigReferences() composes a text of variables", () => {
  const all = ["MY_KEY", "OTHER", "NOT_SET"];
  const result = resolve({
    headers: { authorization_env: "Bearer ${MY_KEY}" },
    url_env: "https://${OTHER}:${MY_KEY}@db/${lower}",
    gone_env: "x ${NOT_SET}",
  }, [...all, "lower"]);
  assert(result.ok);
  assertEquals(result.config, {
    headers: { authorization: "Bearer canary-one" },
    url: "https://canary-two:canary-one@db/canary-three",
  });
  assertEquals(result.unset, [
    { path: "gone", variable: "NOT_SET", permitted: true },
  ]);
  assertEquals(
    result.references.map(({ path }) => path),
    ["headers.authorization", "url", "url", "url"],
  );
  assertEquals(faults({ a_env: "x ${OTHER}" }), [
    'a_env names "OTHER", which the manifest does not declare under permissions.env',
  ]);
  const malformed =
    "a_env contains a $ without the name of a variable in braces after it";
  for (
    const text of [
      "${",
      "${MY_KEY",
      "${}",
      "${MY KEY}",
      "${MY_KEY:-canary}",
      "Bearer $MY_KEY",
    ]
  ) {
    assertEquals(faults({ a_env: text }), [malformed]);
  }
  assertEquals(faults({ a_env: "ghp_canarycanarycanary12 ${MY_KEY}" }), [
    "a_env contains a credential in plain text",
  ]);
  // Under any other key such a text is a text.
  assertEquals(resolved({ template: "Hi ${MY_KEY}" }), {
    template: "Hi ${MY_KEY}",
  });
});

Deno.test("resolveConfigReferences() resolves a list of references as a whole or not at all", () => {
  const result = resolve({
    keys_env: ["MY_KEY", "k ${OTHER}"],
    goneEnv: ["MY_KEY", "NOT_SET"],
    empty_env: [],
  }, ["MY_KEY", "OTHER", "NOT_SET"]);
  assert(result.ok);
  assertEquals(result.config, {
    keys: ["canary-one", "k canary-two"],
    empty_env: [],
  });
  assertEquals(result.unset, [
    { path: "gone[1]", variable: "NOT_SET", permitted: true },
  ]);
  const mixed = "a_env names a variable in only some of its items";
  assertEquals(faults({ a_env: ["MY_KEY", "venv"] }), [mixed]);
  assertEquals(faults({ a_env: ["MY_KEY", 1] }), [mixed]);
});

async function withSecrets<T>(
  work: (directory: string) => T,
): Promise<T> {
  const directory = await Deno.realPath(await Deno.makeTempDir());
  await Deno.mkdir(`${directory}/secrets/sub`, { recursive: true });
  await Deno.writeTextFile(`${directory}/secrets/key`, "canary-file\n");
  await Deno.writeTextFile(`${directory}/secrets/sub/two`, "canary\nfile\r\n");
  await Deno.writeTextFile(`${directory}/secrets/empty`, "\n");
  await Deno.writeTextFile(`${directory}/secrets/large`, "x".repeat(65_537));
  await Deno.writeFile(
    `${directory}/secrets/bytes`,
    new Uint8Array([255, 254]),
  );
  await Deno.writeTextFile(`${directory}/secrets/nul`, "canary\0");
  await Deno.writeTextFile(`${directory}/outside`, "canary");
  try {
    return work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("resolveConfigReferences() reads secrets from files", async () => {
  await withSecrets((directory) => {
    const files = secretFiles({
      directories: [`${directory}/secrets`],
      declares: (path) => path === `${directory}/outside`,
    });
    const config = {
      api_key_file: `${directory}/secrets/key`,
      nested: { userFile: `${directory}/secrets/sub/two` },
      TOKEN_FILE: `${directory}/outside`,
      log_file: "./log.txt",
      modelFile: "/models/a.bin",
      file: "/run/secrets/x",
    };
    const result = resolve(config, [], { files });
    assert(result.ok);
    assertEquals(result.config, {
      api_key: "canary-file",
      nested: { user: "canary\nfile" },
      TOKEN: "canary",
      log_file: "./log.txt",
      modelFile: "/models/a.bin",
      file: "/run/secrets/x",
    });
    assertEquals(result.references.map(({ from, path }) => [from, path]), [
      ["file", "api_key"],
      ["file", "nested.user"],
      ["file", "TOKEN"],
    ]);
    // Without the option such a key is an ordinary one.
    assertEquals(resolved(config), config);
    assertEquals(
      faults(
        { key: "x", key_file: config.api_key_file, key_env: "MY_KEY" },
        ["MY_KEY"],
        { files },
      ),
      [
        "key is given twice, by its value and by key_file",
        "key is given twice, by its value and by key_env",
      ],
    );
    assertEquals(
      faults(
        { api_key_file: config.api_key_file, api_key_env: "MY_KEY" },
        ["MY_KEY"],
        { files },
      ),
      ["api_key is given twice, by api_key_file and by api_key_env"],
    );
    for (const value of ["", 5, null, ["/run/secrets/a"]]) {
      assertEquals(faults({ api_key_file: value }, [], { files }), [
        "api_key_file does not name a file",
      ]);
    }
    const log = { log_file: null, model_file: ["a"] };
    assertEquals(resolved(log, [], { files }), log);
  });
});

Deno.test("resolveConfigReferences() refuses a file that is not allowed or not readable", async () => {
  await withSecrets((directory) => {
    const secrets = `${directory}/secrets`;
    const files = secretFiles({
      directories: [secrets],
      declares: () => false,
    });
    const faultOf = (path: string) =>
      faults({ api_key_file: path }, [], { files })[0]
        ?.slice("api_key_file ".length);
    const undeclared =
      "names a file that the manifest does not declare under permissions.read";
    const detour = "does not name a file by its absolute path";
    const table = {
      [`${directory}/outside`]: undeclared,
      [`${secrets}-not/key`]: undeclared,
      [secrets]: undeclared,
      "/etc/passwd": undeclared,
      "./key": detour,
      "key": detour,
      [`${secrets}/../outside`]: detour,
      [`${secrets}/./key`]: detour,
      [`${secrets}//key`]: detour,
      [`${secrets}/missing`]: "names a file that does not exist",
      [`${secrets}/sub`]: "names a file that is not a regular file",
      [`${secrets}/empty`]: "names a file that is empty",
      [`${secrets}/large`]: "names a file that is larger than 65536 bytes",
      [`${secrets}/bytes`]: "names a file that is not text in UTF-8",
      [`${secrets}/nul`]: "names a file that is not text in UTF-8",
    };
    for (const [path, fault] of Object.entries(table)) {
      assertEquals([path, faultOf(path)], [path, fault]);
    }
  });
  const files = secretFiles({
    directories: ["/not/permitted"],
    declares: () => false,
  });
  const result = resolve(
    { key_file: "/not/permitted/x", token_file: "/not/permitted/x y" },
    [],
    { files },
  );
  assertFalse(result.ok);
  assertEquals(result.problems.map(({ remedy }) => remedy), [
    "Start the host with --allow-read=/not/permitted/x",
    "Start the host with --allow-read='/not/permitted/x y'",
  ]);
});

Deno.test("resolveConfigReferences() follows a link only to an allowed file", () => {
  const links: Record<string, string> = {
    "/run/secrets": "/real",
    "/run/secrets/inside": "/real/..data/inside",
    "/run/secrets/outside": "/etc/shadow",
    "/run/secrets/declared": "/plugin/key",
  };
  const files = secretFiles({
    declares: (path) => path.startsWith("/plugin/"),
    system: {
      realPath: (path) => links[path] ?? path,
      readFile: () => new TextEncoder().encode("canary"),
    },
  });
  const read = (name: string) =>
    resolve({ x_file: `/run/secrets/${name}` }, [], { files });
  assert(read("inside").ok);
  assert(read("declared").ok);
  assertFalse(read("outside").ok);
});

Deno.test("resolveConfigReferences() accepts a lower-case name if it is declared or set", () => {
  assertEquals(resolved({ a_env: "lower" }, ["lower"]), { a: "canary-three" });
  assertEquals(resolved({ a_env: "lower" }, true), { a: "canary-three" });
  assertEquals(resolved({ a_env: "venv" }, true), { a_env: "venv" });
  assertEquals(resolved({ a_env: "lower" }, []), { a_env: "lower" });
});

Deno.test("resolveConfigReferences() refuses secrets in plain text", () => {
  assertEquals(
    faults({
      api_key: "canary",
      nested: { dbPassword: "canary", list: [{ token: "canary" }] },
      url: "postgres://ada:canary@db",
      keys: ["ghp_canarycanarycanary12"],
      access_tokens: ["canary"],
      note: "password=canary",
      pin: 12345,
      secret: { value: "canary", name: "mine" },
      target: new URL("https://ada:canary@example.com"),
    }),
    [
      "api_key is a secret by its key and is written in plain text",
      "nested.dbPassword is a secret by its key and is written in plain text",
      "nested.list[0].token is a secret by its key and is written in plain text",
      "url contains a credential in plain text",
      "keys[0] contains a credential in plain text",
      "access_tokens[0] is a secret by its key and is written in plain text",
      "note contains a credential in plain text",
      "pin is a secret by its key and is written in plain text",
      "secret.value is a secret by its key and is written in plain text",
      "target contains a credential in plain text",
    ],
  );
});

Deno.test("resolveConfigReferences() suggests the reference to use instead", () => {
  const result = resolve({ servers: [{ api_key: "canary" }] }, ["MY_KEY"], {
    pluginId: "search",
  });
  assert(!result.ok);
  const [problem] = result.problems;
  assertStringIncludes(
    problem?.message ?? "",
    'plugin "search": servers[0].api_key is a secret by its key and is written in plain text',
  );
  assertEquals(
    problem?.remedy,
    'Put it into a variable that the manifest declares under permissions.env, and name that variable here with "api_key_env": "MY_KEY"',
  );
  assertEquals(problem?.path, "servers[0].api_key");
});

Deno.test("resolveConfigReferences() names a key with a dash", () => {
  const result = resolve({ headers: { "x-api-key": "canary" } });
  assert(!result.ok);
  const [problem] = result.problems;
  assertEquals(problem?.path, 'headers["x-api-key"]');
  assertStringIncludes(problem?.remedy ?? "", 'with "x-api-key_env": "MY_KEY"');
});

Deno.test("resolveConfigReferences() suggests a reference if a name beside the secret gives it away", () => {
  const result = resolve({
    secrets: { db: "canary" },
    headers: [{ name: "Authorization", value: "canary" }],
    pairs: [["Authorization", "canary"]],
  });
  assert(!result.ok);
  assertEquals(
    result.problems.map(({ path, remedy }) => [
      path,
      remedy.split("name that variable here ")[1],
    ]),
    [
      ["secrets.db", 'with "db_env": "MY_KEY"'],
      ["headers[0].value", 'with "value_env": "MY_KEY"'],
      ["pairs[0][1]", 'under a key of its own that ends in "_env"'],
    ],
  );
});

Deno.test("resolveConfigReferences() lets a host allow secrets in plain text", () => {
  const raw = { api_key: "canary", url: "postgres://u:canary@h" };
  assertEquals(resolved(raw, [], { allowRawSecrets: true }), raw);
  const ordinary = {
    api_key: "",
    token: null,
    password: undefined,
    auth: "none",
    authorization: false,
    salt: 10,
    max_tokens: 512,
    keys: ["a"],
    auth_method: "oauth2",
    credentials: { path: "/etc/x", api_key_env: "NOT_SET" },
    cookie: { name: "sid", secure: true },
    url: "postgres://db/app",
  };
  const { credentials: _, ...others } = ordinary;
  assertEquals(resolved(ordinary, ["NOT_SET"]), {
    ...others,
    credentials: { path: "/etc/x" },
  });
});

Deno.test("resolveConfigReferences() refuses secrets that a name in another place gives away", () => {
  const form = new FormData();
  form.append("client_secret", "canary");
  const end = " is a secret by its key and is written in plain text";
  assertEquals(
    faults({
      args: ["serve", "--token", "canary", "--port", "8080"],
      child: { command: "sshpass", args: ["-p", "canary", "ssh", "host"] },
      raw_headers: ["Host", "x.example", "X-Api-Key", "canary"],
      headers: [["x-api-key", "canary"], ["accept", "*"]],
      env: [{ Name: "DB_PASSWORD", Value: "canary" }],
      map: new Map([["openaiapikey", "canary"], ["model", "small"]]),
      more: new Headers({ "private-token": "canary", accept: "x" }),
      query: new URLSearchParams({ api_key: "canary", q: "x" }),
      form,
    }),
    [
      ...["args[2]", "child.args[1]", "raw_headers[3]", "headers[0][1]"],
      ...["env[0].Value", "map.openaiapikey", 'more["private-token"]'],
      ...["query.api_key", "form.client_secret"],
    ].map((path) => `${path}${end}`),
  );
  const ordinary = {
    args: ["serve", "--token-count", "5", "-p", "8080", "--password-file", "x"],
    allowed: ["X-Api-Key", "X-Request-Id"],
    fields: ["password", "email"],
    map: new Map<string, unknown>([["model", "small"], ["sort_key", "id"]]),
  };
  assertEquals(resolved(ordinary), ordinary);
});

Deno.test("resolveConfigReferences() passes objects of a class unchanged", () => {
  class Client {
    api_key_env = "MY_KEY";
  }
  const config = {
    client: new Client(),
    date: new Date(0),
    map: new Map([["a_env", "MY_KEY"]]),
    call: () => 1,
    bytes: new Uint8Array(1),
    symbol: Symbol.iterator,
    big: 1n,
    bare: Object.create(null),
  };
  const copy = resolved(config);
  assertEquals(copy, config);
  assert(copy !== config);
  for (const value of [undefined, null, 5, "text", true]) {
    assertEquals(resolved(value), value);
  }
  assertEquals(resolved([{ a_env: "MY_KEY" }]), [{ a: "canary-one" }]);
});

Deno.test("resolveConfigReferences() reports endless and unreadable values, and never throws", () => {
  const circle: Record<string, unknown> = { a: 1 };
  circle["self"] = [circle];
  assertEquals(faults(circle), ["self[0] contains itself"]);

  let deep: unknown = "canary";
  for (let level = 0; level < 100_000; level++) deep = { a: [deep] };
  assertEquals(faults(deep), ["it is nested deeper than 200 levels"]);

  let wide: unknown = ["canary"];
  for (let level = 0; level < 100; level++) wide = [wide, wide];
  assertEquals(faults(wide), ["it has more than 100000 values"]);
  assertEquals(faults({ a: Array(1e9) }), ["it has more than 100000 values"]);

  const throwing = {
    a: {
      get b(): never {
        throw new Error("canary");
      },
    },
    c: new Proxy({}, {
      ownKeys: () => {
        throw "canary";
      },
    }),
    d: new Proxy([], {
      get: () => {
        throw null;
      },
    }),
  };
  assertEquals(faults(throwing), [
    "a cannot be read",
    "c cannot be read",
    "d cannot be read",
  ]);

  const shared = { x_env: "MY_KEY" };
  assertEquals(resolved([shared, shared]), [
    { x: "canary-one" },
    { x: "canary-one" },
  ]);
});

Deno.test("resolveConfigReferences() survives an environment that throws", () => {
  const result = resolve({ a: { b_env: "MY_KEY" } }, ["MY_KEY"], {
    environment: {
      ...openEnvironment(),
      get: () => {
        throw new Error("canary");
      },
    },
  });
  assert(result.ok);
  assertEquals(result.unset, [
    { path: "a.b", variable: "MY_KEY", permitted: true },
  ]);
});

Deno.test("resolveConfigReferences() treats __proto__ as an ordinary key", () => {
  const config = JSON.parse(
    '{"__proto__":{"a_env":"MY_KEY"},"constructor_env":"MY_KEY"}',
  );
  const copy = resolved(config);
  assertEquals(
    JSON.stringify(copy),
    '{"__proto__":{"a":"canary-one"},"constructor":"canary-one"}',
  );
  assertEquals(Object.getPrototypeOf(copy), Object.prototype);
});

Deno.test("resolveConfigReferences() shows no secret in a path, and no control character", () => {
  const result = resolve({
    "ghp_canarycanarycanary12": { token: "x" },
    "a\n\u202eb": { token: "x" },
    "a.b": { token: "x" },
  });
  assert(!result.ok);
  assertEquals(result.problems.map(({ path }) => path), [
    '["[REDACTED]"].token',
    '["a\\n\\u202eb"].token',
    '["a.b"].token',
  ]);
});
