/**
 * Compares the verdicts of `verifySsh()` and `ssh-keygen -Y verify` on mutated
 * signatures: `compare_with_ssh_keygen.ts FOLDER COUNT SEED`. Prints a summary as
 * JSON.
 */

import {
  parseAllowedSigners,
  sshFingerprint,
  verifySsh,
} from "../../src/provenance/allowed_signers.ts";
import { signSsh } from "../../src/provenance/ssh_signature.ts";

const [folder = "", count = "0", seed = "1"] = Deno.args;
const encoder = new TextEncoder();

// A small generator: the same seed makes the same cases.
let state = Number(seed) >>> 0;
function random(below: number): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
}

function pick<Value>(list: readonly Value[]): Value {
  const value = list[random(list.length)];
  if (value === undefined) throw new Error("An empty list");
  return value;
}

async function run(
  program: string,
  args: readonly string[],
  input?: Uint8Array,
): Promise<string> {
  const child = new Deno.Command(program, {
    args: [...args],
    cwd: folder,
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (input !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(input);
    await writer.close();
  }
  const { success, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${program}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

interface Key {
  readonly name: string;
  readonly publicKey: string;
}

async function makeKey(name: string, ...args: readonly string[]): Promise<Key> {
  await run("ssh-keygen", ["-q", "-N", "", "-C", "", "-f", name, ...args]);
  const publicKey = (await Deno.readTextFile(`${folder}/${name}.pub`)).trim();
  return { name, publicKey };
}

const keys = await Promise.all([
  makeKey("ed1", "-t", "ed25519"),
  makeKey("ed2", "-t", "ed25519"),
  makeKey("rsa2048", "-t", "rsa", "-b", "2048"),
  makeKey("rsa3072", "-t", "rsa", "-b", "3072"),
  makeKey("p256", "-t", "ecdsa", "-b", "256"),
  makeKey("p384", "-t", "ecdsa", "-b", "384"),
  makeKey("p521", "-t", "ecdsa", "-b", "521"),
]);

const MESSAGES = [
  new Uint8Array(),
  encoder.encode("hello\n"),
  encoder.encode("the files of a plugin\n".repeat(300)),
];
const NAMESPACES = ["semantik-plugin", "semantik-plugins-lock"];

interface Signed {
  readonly key: Key;
  readonly message: Uint8Array<ArrayBuffer>;
  readonly namespace: string;
  readonly signature: string;
}

async function sign(
  key: Key,
  message: Uint8Array<ArrayBuffer>,
  namespace: string,
  hash: string,
): Promise<Signed> {
  const name = `${key.name}-${NAMESPACES.indexOf(namespace)}-${
    MESSAGES.indexOf(message)
  }-${hash}`;
  await Deno.writeFile(`${folder}/${name}`, message);
  await run("ssh-keygen", [
    "-q",
    "-Y",
    "sign",
    "-f",
    key.name,
    "-n",
    namespace,
    "-O",
    `hashalg=${hash}`,
    name,
  ]);
  return {
    key,
    message,
    namespace,
    signature: await Deno.readTextFile(`${folder}/${name}.sig`),
  };
}

const signed: Signed[] = [];
for (const key of keys) {
  for (const message of MESSAGES) {
    for (const hash of ["sha256", "sha512"]) {
      signed.push(await sign(key, message, pick(NAMESPACES), hash));
    }
  }
}

// What is signed here is the same, byte for byte.
const ownKey = await Deno.readTextFile(`${folder}/ed1`);
let equalSignatures = 0;
for (const { key, message, namespace, signature } of signed) {
  if (key.name !== "ed1") continue;
  const own = await signSsh(message, { key: ownKey, namespace });
  if (own === signature) equalSignatures++;
}

const BEGIN = "-----BEGIN SSH SIGNATURE-----\n";
const END = "\n-----END SSH SIGNATURE-----\n";

function decode(signature: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(
    signature.slice(BEGIN.length, signature.indexOf(END)),
  );
}

function encode(bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(/.{1,70}/g) ?? [];
  return `${BEGIN}${lines.join("\n")}${END}`;
}

type Field = Uint8Array<ArrayBuffer>;

/** The fields of a signature: key, namespace, reserved, hash, value. */
function fieldsOf(bytes: Uint8Array<ArrayBuffer>): Field[] {
  const fields: Field[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 10; at + 4 <= bytes.length;) {
    const length = view.getUint32(at);
    fields.push(bytes.slice(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return fields;
}

function join(
  fields: readonly Uint8Array[],
  version = 1,
  magic = "SSHSIG",
): Uint8Array<ArrayBuffer> {
  const parts: number[] = [...encoder.encode(magic), 0, 0, 0, version];
  for (const field of fields) parts.push(...lengthOf(field), ...field);
  return new Uint8Array(parts);
}

function lengthOf({ length }: Uint8Array): readonly number[] {
  return [
    length >>> 24,
    (length >>> 16) & 255,
    (length >>> 8) & 255,
    length & 255,
  ];
}

function withField(
  bytes: Uint8Array<ArrayBuffer>,
  index: number,
  change: (field: Field) => Uint8Array,
): Uint8Array<ArrayBuffer> {
  return join(
    fieldsOf(bytes).map((field, at) => at === index ? change(field) : field),
  );
}

/** Changes the parts of a field that is itself made of strings. */
function withParts(
  field: Field,
  change: (parts: Field[]) => readonly Uint8Array[],
): Uint8Array {
  const whole = new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...field]);
  return join(change(fieldsOf(whole))).subarray(10);
}

function flip(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length === 0) return new Uint8Array([1]);
  const changed = bytes.slice();
  const at = random(bytes.length);
  changed[at] = (changed[at] ?? 0) ^ (1 << random(8));
  return changed;
}

function insert(text: string, what: string): string {
  const at = random(text.length + 1);
  return text.slice(0, at) + what + text.slice(at);
}

const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** Adds the order of the group to the second half: the same signature to lax code. */
function malleate(value: Field): Uint8Array {
  return withParts(
    value,
    ([name = new Uint8Array(), raw = new Uint8Array()]) => {
      let s = 0n;
      for (const byte of raw.slice(32).reverse()) s = s * 256n + BigInt(byte);
      s += ORDER;
      const half = Array.from(
        { length: 32 },
        (_, index) => Number((s >> BigInt(8 * index)) & 255n),
      );
      return [name, new Uint8Array([...raw.slice(0, 32), ...half])];
    },
  );
}

/** Mutations of the text of a signature. */
const MUTATIONS: Readonly<
  Record<string, (signature: string, signed: Signed) => string>
> = {
  none: (signature) => signature,
  bit: (signature) => encode(flip(decode(signature))),
  "bits": (signature) => encode(flip(flip(flip(decode(signature))))),
  character: (signature) => {
    const at = random(signature.length);
    return signature.slice(0, at) + String.fromCharCode(32 + random(95)) +
      signature.slice(at + 1);
  },
  "lost character": (signature) => {
    const at = random(signature.length);
    return signature.slice(0, at) + signature.slice(at + 1);
  },
  "space": (signature) =>
    insert(signature, pick([" ", "\n", "\t", "\r", "\f", "\v", "\r\n"])),
  "padding": (signature) => insert(signature, pick(["=", "A", "==", "\0"])),
  "cut": (signature) => signature.slice(0, random(signature.length)),
  "text before": (signature) =>
    `${pick([" ", "\n", "\ufeff", "x"])}${signature}`,
  "text after": (signature) =>
    `${signature}${pick([" ", "\n", "x\n", signature])}`,
  "Windows": (signature) => signature.replaceAll("\n", "\r\n"),
  "one line": (signature) =>
    encode(decode(signature)).replace(
      /(?<=[A-Za-z0-9+/])\n(?=[A-Za-z0-9+/])/g,
      "",
    ),
  "bytes after": (signature) =>
    encode(new Uint8Array([...decode(signature), random(256)])),
  "bytes lost": (signature) =>
    encode(decode(signature).slice(0, -1 - random(8))),
  "other key": (signature, { key }) => {
    const other = pick(signed.filter((one) => one.key !== key));
    const [field = new Uint8Array()] = fieldsOf(decode(other.signature));
    return encode(withField(decode(signature), 0, () => field));
  },
  "key bit": (signature) => encode(withField(decode(signature), 0, flip)),
  "key bytes after": (signature) =>
    encode(
      withField(decode(signature), 0, (field) => new Uint8Array([...field, 0])),
    ),
  "key type with NUL": (signature) =>
    encode(
      withField(decode(signature), 0, (field) =>
        withParts(
          field,
          (
            [type = new Uint8Array(), ...rest],
          ) => [new Uint8Array([...type, 0]), ...rest],
        )),
    ),
  "key with zeros": (signature) =>
    encode(
      withField(decode(signature), 0, (field) =>
        withParts(field, (parts) =>
          parts.map((part, index) =>
            index === 0 ? part : new Uint8Array([0, ...part])
          ))),
    ),
  "namespace": (signature) =>
    encode(
      withField(decode(signature), 1, () =>
        encoder.encode(
          pick([
            "",
            "semantik",
            "semantik-plugin\0",
            "semantik-plugin",
            "semantik-plugins-lock",
            "semantik-plugin\0x",
          ]),
        )),
    ),
  "namespace with NUL": (signature) =>
    encode(
      withField(decode(signature), 1, (field) => new Uint8Array([...field, 0])),
    ),
  "reserved": (signature) =>
    encode(
      withField(decode(signature), 2, () =>
        encoder.encode(pick(["x", "\0", "reserved"]))),
    ),
  "hash": (signature) =>
    encode(
      withField(decode(signature), 3, () =>
        encoder.encode(
          pick([
            "sha256",
            "sha512",
            "sha1",
            "md5",
            "SHA512",
            "sha512\0",
            "",
            "sha384",
          ]),
        )),
    ),
  "value": (signature) => encode(withField(decode(signature), 4, flip)),
  "algorithm": (signature) =>
    encode(
      withField(decode(signature), 4, (value) =>
        withParts(
          value,
          (
            [_, ...rest],
          ) => [
            encoder.encode(
              pick([
                "ssh-ed25519",
                "ssh-rsa",
                "rsa-sha2-256",
                "rsa-sha2-512",
                "ecdsa-sha2-nistp256",
                "ecdsa-sha2-nistp384",
                "",
                "ssh-ed25519\0",
              ]),
            ),
            ...rest,
          ],
        )),
    ),
  "algorithm with NUL": (signature) =>
    encode(
      withField(decode(signature), 4, (value) =>
        withParts(
          value,
          (
            [name = new Uint8Array(), ...rest],
          ) => [new Uint8Array([...name, 0]), ...rest],
        )),
    ),
  "value bytes after": (signature) =>
    encode(
      withField(decode(signature), 4, (value) => new Uint8Array([...value, 0])),
    ),
  "short value": (signature) =>
    encode(
      withField(decode(signature), 4, (value) =>
        withParts(
          value,
          (
            [name = new Uint8Array(), raw = new Uint8Array()],
          ) => [name, raw.slice(0, random(raw.length))],
        )),
    ),
  "long value": (signature) =>
    encode(
      withField(decode(signature), 4, (value) =>
        withParts(
          value,
          (
            [name = new Uint8Array(), raw = new Uint8Array()],
          ) => [name, new Uint8Array(pick([[0, ...raw], [...raw, 0]]))],
        )),
    ),
  "numbers with zeros": (signature) =>
    encode(
      withField(decode(signature), 4, (value) =>
        withParts(
          value,
          (
            [name = new Uint8Array(), raw = new Uint8Array()],
          ) => [
            name,
            withParts(
              raw,
              (parts) => parts.map((part) => new Uint8Array([0, ...part])),
            ),
          ],
        )),
    ),
  "zero": (signature) =>
    encode(
      withField(decode(signature), 4, (value) =>
        withParts(
          value,
          (
            [name = new Uint8Array(), raw = new Uint8Array()],
          ) => [name, new Uint8Array(raw.length)],
        )),
    ),
  "version": (signature) =>
    encode(join(fieldsOf(decode(signature)), pick([0, 2, 255]))),
  "magic": (signature) =>
    encode(join(fieldsOf(decode(signature)), 1, pick(["SSHSIH", "sshsig"]))),
  "fewer fields": (signature) =>
    encode(join(fieldsOf(decode(signature)).slice(0, random(5)))),
  "two fields swapped": (signature) => {
    const fields = fieldsOf(decode(signature));
    const at = random(4);
    const [one = new Uint8Array(), other = new Uint8Array()] = [
      fields[at],
      fields[at + 1],
    ];
    fields[at] = other;
    fields[at + 1] = one;
    return encode(join(fields));
  },
};

interface Case {
  readonly kind: string;
  readonly signed: Signed;
  readonly signature: string;
  readonly message: Uint8Array<ArrayBuffer>;
  readonly namespace: string;
  readonly principal: string;
  readonly signers: string;
  readonly revoked: readonly string[];
  /** In UTC, as `20260131120000Z`. */
  readonly time: string;
}

const TIMES = [
  "20250101000000Z",
  "20260101000000Z",
  "20260630120000Z",
  "20270101000000Z",
];
const OPTIONS = [
  "",
  'namespaces="semantik-plugin" ',
  'namespaces="semantik-*" ',
  'namespaces="!semantik-plugin,semantik-*" ',
  'namespaces="git,file" ',
  'namespaces="semantik-plugin?-lock" ',
  'valid-after="20260101000000Z" ',
  'valid-before="20260101000000Z" ',
  'valid-after="20260101Z",valid-before="202606301200Z" ',
  'VALID-AFTER="20250101Z",namespaces="semantik-plugin,semantik-plugins-lock" ',
];
const PRINCIPALS = [
  "acme",
  "acme,beta",
  "*",
  "ac*",
  "!acme,*",
  "a?me",
  '"acme"',
  "beta",
];

function makeSigners(own: Key): string {
  const lines = [own, pick(keys), pick(keys)].map((key, index) =>
    `${index === 0 && random(4) > 0 ? "acme" : pick(PRINCIPALS)} ${
      random(2) === 0 ? "" : pick(OPTIONS)
    }${key.publicKey}`
  );
  if (random(4) === 0) lines.unshift("# a comment", "");
  if (random(6) === 0) lines.unshift("acme ssh-ed25519 AAAA");
  return `${lines.join("\n")}\n`;
}

function makeCase(): Case {
  const one = pick(signed);
  const isMutated = random(8) > 0;
  const kind = isMutated ? pick(Object.keys(MUTATIONS)) : "none";
  return {
    kind,
    signed: one,
    signature: MUTATIONS[kind]?.(one.signature, one) ?? one.signature,
    message: random(12) === 0 ? flip(one.message) : one.message,
    namespace: random(12) === 0 ? pick(NAMESPACES) : one.namespace,
    principal: random(10) === 0 ? pick(["beta", "acm", "acme2"]) : "acme",
    signers: random(3) === 0
      ? makeSigners(one.key)
      : `acme ${one.key.publicKey}\n`,
    revoked: random(12) === 0 ? [pick([one.key, pick(keys)]).publicKey] : [],
    time: pick(TIMES),
  };
}

const cases = Array.from({ length: Number(count) }, makeCase);
for (const one of signed.filter(({ key }) => key.name.startsWith("ed"))) {
  cases.push({
    kind: "malleated",
    signed: one,
    signature: encode(withField(decode(one.signature), 4, malleate)),
    message: one.message,
    namespace: one.namespace,
    principal: "acme",
    signers: `acme ${one.key.publicKey}\n`,
    revoked: [],
    time: "20260101000000Z",
  });
}

// One shell for many: Deno takes longer to start a program than it runs.
const SHELL = `
while read -r number principal namespace time revoked; do
  if [ "$revoked" = yes ]; then set -- -r "$number.revoked"; else set --; fi
  if ssh-keygen -Y verify -f "$number.signers" -I "$principal" -n "$namespace" \\
    -s "$number.sig" -O "verify-time=$time" "$@" < "$number.text" > "$number.said" 2>&1
  then echo "$number yes"; else echo "$number no"; fi
done`;

await Promise.all(
  cases.map(async ({ signature, message, signers, revoked }, index) => {
    await Deno.writeTextFile(`${folder}/${index}.sig`, signature);
    await Deno.writeFile(`${folder}/${index}.text`, message);
    await Deno.writeTextFile(`${folder}/${index}.signers`, signers);
    if (revoked.length > 0) {
      await Deno.writeTextFile(
        `${folder}/${index}.revoked`,
        `${revoked.join("\n")}\n`,
      );
    }
  }),
);

const lines = cases.map(({ principal, namespace, time, revoked }, index) =>
  `${index} ${principal} ${namespace} ${time} ${
    revoked.length > 0 ? "yes" : "no"
  }\n`
);
const halves = await Promise.all(
  [0, 1].map((half) =>
    run(
      "sh",
      ["-c", SHELL],
      encoder.encode(lines.filter((_, index) => index % 2 === half).join("")),
    )
  ),
);
const theirs = new Map(
  halves.join("").trim().split("\n").map((line) => {
    const [number = "", verdict = ""] = line.split(" ");
    return [Number(number), verdict === "yes"] as const;
  }),
);

function timeOf(text: string): number {
  return Date.parse(
    text.replace(/^(....)(..)(..)(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
}

const verdicts: Record<string, number> = {};
const mismatches: unknown[] = [];
const unchecked = new Set<string>();
let [accepted, refused, stricter] = [0, 0, 0];
for (const [index, one] of cases.entries()) {
  const {
    kind,
    signed: { key },
    signature,
    message,
    namespace,
    principal,
    time,
  } = one;
  const revoked = await Promise.all(one.revoked.map(sshFingerprint));
  const ours = await verifySsh(signature, message, {
    namespace,
    principal,
    signers: parseAllowedSigners(one.signers).signers,
    revoked: revoked.filter((fingerprint) => fingerprint !== undefined),
    now: timeOf(time),
  });
  const their = theirs.get(index);
  verdicts[ours.verdict] = (verdicts[ours.verdict] ?? 0) + 1;
  if (ours.verdict === "unchecked") {
    if (their) unchecked.add(key.name);
  } else if (kind === "malleated" || kind === "Windows") {
    // Here a signature has one form; versions of ssh-keygen differ.
    if (ours.verdict !== "wrong") mismatches.push({ kind, ours });
    if (their) stricter++;
  } else if ((ours.verdict === "good") !== their) {
    mismatches.push({
      index,
      kind,
      key: key.name,
      their,
      ours,
      said: await Deno.readTextFile(`${folder}/${index}.said`),
    });
  } else if (their) accepted++;
  else refused++;
}

await Deno.stdout.write(encoder.encode(JSON.stringify({
  cases: cases.length,
  accepted,
  refused,
  stricter,
  verdicts,
  unchecked: [...unchecked],
  equalSignatures,
  mismatches,
})));
