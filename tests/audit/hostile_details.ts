/** Details of every kind, for ordinary runs and for long ones. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  AuditConsoleHandler,
  createAuditLogger,
} from "@semantik/plugins/audit";
import { Collector } from "./collector.ts";

const CANARY = "cAnArY0123456789";
const UNSAFE_REGEXP =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

const nastyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.string({
    unit: fc.constantFrom(
      "\n",
      "\r",
      "\u2028",
      "\u202e",
      "\x1b[2J",
      "\x9b",
      "\0",
      "\ud800",
      "\udc00",
      '"',
      "\\",
      "PLUGIN_AUDIT: x - y ",
      "{",
      "}",
      "😀",
      "a",
    ),
    maxLength: 30,
  }),
);

function thrower(thrown: unknown): () => never {
  return () => {
    throw thrown;
  };
}

/** Makes a value when it is called: what looks at values must not meet these. */
type Make = () => unknown;

const HOSTILE: readonly ((text: string) => unknown)[] = [
  (text) => new Error(text, { cause: new Error(text) }),
  (text) => ({ toJSON: thrower(text) }),
  (text) => ({ toJSON: () => text }),
  (text) =>
    Object.defineProperty({}, "boom", { enumerable: true, get: thrower(text) }),
  (text) => new Proxy({}, { ownKeys: thrower(new Error(text)) }),
  (text) => new Proxy([], { get: thrower(text) }),
  (text) => Symbol(text),
  (text) => ({ [Symbol(text)]: text }),
  (text) => Object.defineProperty(() => {}, "name", { value: text }),
  (text) => new Map<unknown, unknown>([[text, text], [{}, text]]),
  (text) => new Set([text, new Set([text])]),
  (text) => new URL(`https://host/${encodeURIComponent(text.toWellFormed())}`),
  (text) => Object.assign(Object.create(Date.prototype), { text }),
  (text) => `${text}`.repeat(2_000),
  (text) => {
    const circle: unknown[] = [text];
    circle.push(circle, { circle });
    return circle;
  },
  () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  (text) => {
    let value: unknown = text;
    for (let level = 0; level < 40; level++) value = [value, { value }];
    return value;
  },
];

const make: fc.Arbitrary<Make> = fc.oneof(
  nastyText.map((text) => () => text),
  fc.tuple(fc.constantFrom(...HOSTILE), nastyText)
    .map(([build, text]) => () => build(text)),
  fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
  }).map((value) => () => value),
);

const key = fc.oneof(
  nastyText,
  fc.constantFrom("__proto__", "level", "version", "chain_hash", "constructor"),
);

const details: fc.Arbitrary<Make> = fc.oneof(
  fc.array(fc.tuple(key, make), { maxLength: 6 }).map((entries) => () =>
    Object.fromEntries(entries.map(([name, build]) => [name, build()]))
  ),
  make,
);

function withCanaries(given: unknown): unknown {
  return {
    given,
    password: CANARY,
    list: [{ apiKey: [CANARY] }, `https://user:${CANARY}@host/`],
    map: new Map([["client_secret", given], ["cookie", CANARY]]),
    error: new Error(`Authorization: Bearer ${CANARY}${CANARY}`),
  };
}

/**
 * Writes details of every kind, and sees each make one line that is safe.
 *
 * @param numRuns How many.
 */
export function checkDetails(numRuns: number): void {
  let output = "";
  const decoder = new TextDecoder();
  const writer = {
    writeSync(bytes: Uint8Array) {
      output += decoder.decode(bytes);
      return bytes.length;
    },
  };
  const collector = new Collector();
  using audit = createAuditLogger({
    handlers: [collector, new AuditConsoleHandler({ writer })],
  });
  fc.assert(
    fc.property(
      nastyText,
      nastyText,
      details,
      fc.boolean(),
      (id, action, build, plant) => {
        output = "";
        collector.lines.length = 0;
        const given = build();
        const handed = plant ? withCanaries(given) : given;
        Reflect.apply(audit.log, audit, [id, action, handed]);
        assertEquals(audit.dropped, 0);
        assertEquals(collector.lines.length, 1);
        const [line = ""] = collector.lines;
        assert(!UNSAFE_REGEXP.test(line));
        const event: unknown = JSON.parse(line);
        assert(typeof event === "object" && event !== null);
        assert(
          "timestamp" in event && "plugin_id" in event && "action" in event,
        );
        assert(output.startsWith("PLUGIN_AUDIT: ") && output.endsWith("}\n"));
        assert(!UNSAFE_REGEXP.test(output.slice(0, -1)));
        assert(!output.includes(CANARY));
      },
    ),
    { numRuns },
  );
}
