/** Texts that are not a state file, and the fault of each. */

function wrap(plugins: string): string {
  return `{"schema":1,"revision":1,"plugins":${plugins}}`;
}

export const corruptTexts: readonly (readonly [string, string, string])[] = [
  ["empty", "", "it is empty"],
  ["blank", " \n", "it is not JSON (line 2 column 1)"],
  [
    "truncated",
    '{\n  "schema": 1,\n  "plug',
    "it is not JSON (line 3 column 3)",
  ],
  [
    "a secret in what is not JSON",
    'password=hunter2"',
    "it is not JSON (line 1 column 1)",
  ],
  [
    "a trailing comma",
    '{"schema":1,"revision":1,"plugins":{},}',
    "it is not JSON (line 1 column 39)",
  ],
  ["a comment", `// mine\n${wrap("{}")}`, "it is not JSON (line 1 column 1)"],
  ["two of them", wrap("{}").repeat(2), "it is not JSON (line 1 column 39)"],
  [
    "a byte order mark",
    `\ufeff${wrap("{}")}`,
    "it begins with a byte order mark",
  ],
  [
    "zeros, as after a power cut",
    "\0".repeat(64),
    "it contains NUL characters",
  ],
  ["zeros at the end", `${wrap("{}")}\0\0`, "it contains NUL characters"],
  [
    "a conflict of versions",
    `<<<<<<< ours\n${wrap("{}")}`,
    "it is not JSON (line 1 column 1)",
  ],
  ["null", "null", "it is not an object"],
  ["an array", "[]", "it is not an object"],
  ["a number", "1", "it is not an object"],
  ["a text", '"{}"', "it is not an object"],
  ["no schema", "{}", "it does not have the schema 1"],
  [
    "schema 0",
    '{"schema":0,"revision":1,"plugins":{}}',
    "it does not have the schema 1",
  ],
  [
    "schema as text",
    '{"schema":"1","revision":1,"plugins":{}}',
    "it does not have the schema 1",
  ],
  [
    "schema 2",
    '{"schema":2,"revision":1,"plugins":{}}',
    "it has the schema 2, and this version of the package knows 1",
  ],
  [
    "schema 1.5",
    '{"schema":1.5,"revision":1,"plugins":{}}',
    "it has the schema 1.5, and this version of the package knows 1",
  ],
  ["no revision", '{"schema":1,"plugins":{}}', "revision is not a valid count"],
  [
    "revision -1",
    '{"schema":1,"revision":-1,"plugins":{}}',
    "revision is not a valid count",
  ],
  [
    "revision 1.5",
    '{"schema":1,"revision":1.5,"plugins":{}}',
    "revision is not a valid count",
  ],
  [
    "revision too large to count on",
    '{"schema":1,"revision":9007199254740991,"plugins":{}}',
    "revision is not a valid count",
  ],
  [
    "revision as text",
    '{"schema":1,"revision":"1","plugins":{}}',
    "revision is not a valid count",
  ],
  ["no plugins", '{"schema":1,"revision":1}', "plugins is not an object"],
  ["plugins as an array", wrap("[]"), "plugins is not an object"],
  ["plugins null", wrap("null"), "plugins is not an object"],
  [
    "another field",
    '{"schema":1,"revision":1,"plugins":{},"x":1}',
    '"x" is not a field',
  ],
  [
    "plugins twice",
    '{"schema":1,"revision":1,"plugins":{"a":{"enabled":false}},"plugins":{}}',
    'it has the duplicate key "plugins" (line 1)',
  ],
  [
    "enabled twice",
    wrap('{"a":{"enabled":false,"enabled":true}}'),
    'it has the duplicate key "enabled" (line 1)',
  ],
  [
    "an invalid id",
    wrap('{"A B":{}}'),
    'plugins["A B"] is not a valid plugin ID',
  ],
  [
    "an empty id",
    wrap('{"":{}}'),
    'plugins[""] is not a valid plugin ID',
  ],
  [
    "__proto__ as an id",
    wrap('{"__proto__":{"enabled":false}}'),
    'plugins["__proto__"] is not a valid plugin ID',
  ],
  [
    "an id that would forge a line",
    wrap('{"a\\nb":{}}'),
    'plugins["a\\nb"] is not a valid plugin ID',
  ],
  ["a plugin null", wrap('{"a":null}'), "plugins.a is not an object"],
  ["a plugin false", wrap('{"a":false}'), "plugins.a is not an object"],
  ["a plugin as an array", wrap('{"a":[]}'), "plugins.a is not an object"],
  [
    "enabled as text",
    wrap('{"a-b":{"enabled":"false"}}'),
    'plugins["a-b"].enabled is neither true nor false',
  ],
  [
    "enabled 0",
    wrap('{"a":{"enabled":0}}'),
    "plugins.a.enabled is neither true nor false",
  ],
  [
    "enabled null",
    wrap('{"a":{"enabled":null}}'),
    "plugins.a.enabled is neither true nor false",
  ],
  [
    "enabled misspelt",
    wrap('{"a":{"enable":false}}'),
    "plugins.a.enable is not a field; the fields are enabled, config, consent, revoked and revocation",
  ],
  [
    "disabled",
    wrap('{"a":{"disabled":true}}'),
    "plugins.a.disabled is not a field; the fields are enabled, config, consent, revoked and revocation",
  ],
  [
    "config as a text",
    wrap('{"a":{"config":"hunter2"}}'),
    "plugins.a.config is not an object",
  ],
  [
    "config as an array",
    wrap('{"a":{"config":[]}}'),
    "plugins.a.config is not an object",
  ],
  [
    "config that would change objects",
    wrap('{"a":{"config":{"__proto__":{"x":1}}}}'),
    "plugins.a.config.__proto__ has a name that would change other objects",
  ],
  [
    "a number beyond numbers",
    wrap('{"a":{"config":{"x":1e999}}}'),
    "plugins.a.config.x is a number that JSON does not have",
  ],
  [
    "config too deep",
    wrap(`{"a":{"config":{"x":${"[".repeat(100_000)}${"]".repeat(100_000)}}}}`),
    `plugins.a.config.x${"[0]".repeat(62)} is nested more than 64 deep`,
  ],
  [
    "consent as a list",
    wrap('{"a":{"consent":["net"]}}'),
    "plugins.a.consent is not an object",
  ],
  [
    "consent of an earlier format",
    wrap('{"a":{"consented":{"net":true}}}'),
    "plugins.a.consented is not a field; the fields are enabled, config, consent, revoked and revocation",
  ],
  [
    "consent with another field",
    wrap(
      '{"a":{"consent":{"permissions":{},"source":"/a","at":"2026-01-02T03:04:05.000Z","who":"x"}}}',
    ),
    "plugins.a.consent.who is not a field; the fields are permissions, source, digest, by and at",
  ],
  [
    "consent without permissions",
    wrap('{"a":{"consent":{"source":"/a","at":"2026-01-02T03:04:05.000Z"}}}'),
    "plugins.a.consent.permissions is not an object",
  ],
  [
    "consent without a source",
    wrap(
      '{"a":{"consent":{"permissions":{},"at":"2026-01-02T03:04:05.000Z"}}}',
    ),
    "plugins.a.consent.source is not a text",
  ],
  [
    "consent without a time",
    wrap('{"a":{"consent":{"permissions":{},"source":"/a"}}}'),
    "plugins.a.consent.at is not a text",
  ],
  [
    "consent at no time",
    wrap(
      '{"a":{"consent":{"permissions":{},"source":"/a","at":"2026-13-02"}}}',
    ),
    "plugins.a.consent.at is not a time in ISO 8601, UTC",
  ],
  [
    "consent by a number",
    wrap(
      '{"a":{"consent":{"permissions":{},"source":"/a","by":1,"at":"2026-01-02T03:04:05.000Z"}}}',
    ),
    "plugins.a.consent.by is not a text",
  ],
  [
    "a revoked kind that does not exist",
    wrap('{"a":{"revoked":{"all":true}}}'),
    "plugins.a.revoked.all is not a kind of permission",
  ],
  [
    "revoked false",
    wrap('{"a":{"revoked":{"net":false}}}'),
    "plugins.a.revoked.net is neither true nor a list of strings",
  ],
  [
    "revoked numbers",
    wrap('{"a":{"revoked":{"net":[443]}}}'),
    "plugins.a.revoked.net is neither true nor a list of strings",
  ],
  [
    "revoked values that are no permissions",
    wrap('{"a":{"revoked":{"read":["models"]}}}'),
    "plugins.a.revoked.read has a value that is no permission",
  ],
  [
    "a yes for all plugins",
    wrap('{"*":{"consent":{}}}'),
    'plugins["*"].consent is not a field; the fields are revoked, revocation and serials',
  ],
  [
    "all plugins disabled",
    wrap('{"*":{"enabled":false}}'),
    'plugins["*"].enabled is not a field; the fields are revoked, revocation and serials',
  ],
];
