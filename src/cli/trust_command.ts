import { Argument, Command } from "commander";
import type { Screen } from "../base/terminal_text.ts";
import { escapeControls, quote } from "../base/text.ts";
import { ID_REGEXP } from "../manifest/manifest.ts";
import { isRange, rangeFault } from "../manifest/version.ts";
import { sshFingerprint } from "../provenance/allowed_signers.ts";
import { formatTrust } from "../provenance/format_trust.ts";
import { FINGERPRINT_REGEXP, type PluginsLock } from "../provenance/lock.ts";
import { DIGEST_REGEXP } from "../provenance/tree.ts";
import {
  ID_PATTERN_REGEXP,
  type PluginsTrust,
  PUBLISHER_REGEXP,
  type TrustedKey,
} from "../provenance/trust.ts";
import { trustPolicy } from "../provenance/trust_of.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { UsageError } from "./failure.ts";
import { formatTable, joinLines, type Row, wrapLine } from "./format.ts";
import {
  addLockOption,
  addTrustOption,
  lockPaths,
  readIfThere,
  requireTrust,
  TRUST_FILE,
  trustOfFile,
} from "./lock/lock_files.ts";
import { replaceText } from "./lock/replace_text.ts";
import { collect, invalidValue, parseTime } from "./option_values.ts";

interface TrustFlags {
  readonly json?: true;
  readonly lock: string;
  readonly trust?: string;
}

interface KeyFlags extends TrustFlags {
  readonly validFrom?: string;
  readonly validUntil?: string;
}

interface AddFlags extends KeyFlags {
  readonly plugins?: readonly string[];
}

interface RevokeFlags extends TrustFlags {
  readonly reason: string;
}

const EMPTY: PluginsTrust = {
  serial: 1,
  publishers: {},
  lockKeys: [],
  revoked: { keys: {}, trees: {}, plugins: [] },
  levels: {},
};

const DAY = 86_400_000;
/** Keys that expire within this time are pointed out. */
const SOON = 30 * DAY;
const DATE = "2026-01-31".length;

/** Reads an ISO 8601 date or time. */
function readTime(
  text: string | undefined,
  option: string,
): string | undefined {
  if (text === undefined) return undefined;
  // An age, such as 2h, would be a time of the past.
  const time = parseTime(/^\d{4}-/.test(text) ? text : "", option, 0);
  return new Date(time).toISOString().replace(/\.000Z$/, "Z");
}

async function readKey(
  file: string,
  { validFrom, validUntil }: KeyFlags,
): Promise<TrustedKey> {
  const bytes = readIfThere(file);
  if (bytes === undefined) {
    throw new UsageError(
      `There is no key ${quote(file)}`,
      "Name the .pub file that ssh-keygen made",
    );
  }
  const line = new TextDecoder().decode(bytes).trim();
  if (line.includes("PRIVATE KEY")) {
    throw new UsageError(
      `${quote(file)} is a private key, and a trust file has public ones`,
      `Name the public key, e.g. ${quote(`${file}.pub`)}`,
    );
  }
  const fingerprint = line.includes("\n")
    ? undefined
    : await sshFingerprint(line);
  if (fingerprint === undefined) {
    throw new UsageError(
      `${quote(file)} is no public key of SSH`,
      "Name the .pub file that ssh-keygen made, with one key",
    );
  }
  const from = readTime(validFrom, "--valid-from");
  const until = readTime(validUntil, "--valid-until");
  return {
    key: line,
    fingerprint,
    ...from === undefined ? {} : { validFrom: from },
    ...until === undefined ? {} : { validUntil: until },
  };
}

/** Puts a key into a list, in the place of the same key. */
function withKey(
  keys: readonly TrustedKey[],
  key: TrustedKey,
): readonly TrustedKey[] {
  return [
    ...keys.filter(({ fingerprint }) => fingerprint !== key.fingerprint),
    key,
  ];
}

function assertNotRevoked(
  { revoked }: PluginsTrust,
  { fingerprint }: TrustedKey,
): void {
  if (!Object.hasOwn(revoked.keys, fingerprint)) return;
  throw new UsageError(
    `The key ${fingerprint} is revoked: ${
      quote(revoked.keys[fingerprint] ?? "")
    }`,
    "Ask for a new key. What is revoked stays so",
  );
}

async function fingerprintOf(value: string): Promise<string> {
  if (FINGERPRINT_REGEXP.test(value)) return value;
  const bytes = readIfThere(value);
  const line = new TextDecoder().decode(bytes ?? new Uint8Array()).trim();
  const fingerprint = line.includes("\n")
    ? undefined
    : await sshFingerprint(line);
  if (fingerprint !== undefined) return fingerprint;
  throw invalidValue(
    "<value>",
    value,
    "Write the fingerprint that ssh-keygen -l prints, or name the .pub file",
  );
}

const REVOCABLE = ["key", "tree", "plugin"] as const;

/** Adds a revocation; the same one again gets another reason. */
async function revoked(
  before: PluginsTrust["revoked"],
  what: (typeof REVOCABLE)[number],
  value: string,
  reason: string,
): Promise<PluginsTrust["revoked"]> {
  if (what === "key") {
    const key = await fingerprintOf(value);
    return { ...before, keys: { ...before.keys, [key]: reason } };
  }
  if (what === "tree") {
    if (!DIGEST_REGEXP.test(value)) {
      throw invalidValue(
        "<value>",
        value,
        "Write the digest of a tree, as in the lock",
      );
    }
    return { ...before, trees: { ...before.trees, [value]: reason } };
  }
  const [, id = "", versions = "*"] = /^([^@]*)(?:@([^]*))?$/.exec(value) ?? [];
  if (!ID_REGEXP.test(id)) {
    throw invalidValue(
      "<value>",
      value,
      "Write an id, or one with versions, e.g. search@<1.2.0",
    );
  }
  if (!isRange(versions)) {
    throw invalidValue("<value>", value, rangeFault(versions) ?? "");
  }
  const others = before.plugins.filter((one) =>
    one.id !== id || one.versions !== versions
  );
  return { ...before, plugins: [...others, { id, versions, reason }] };
}

function validity({ validFrom, validUntil }: TrustedKey, now: number): string {
  const day = (time: string) => time.slice(0, DATE);
  if (validFrom !== undefined && Date.parse(validFrom) > now) {
    return `valid from ${day(validFrom)}`;
  }
  if (validUntil === undefined) return "does not expire";
  const rest = Date.parse(validUntil) - now;
  if (rest < 0) return `expired on ${day(validUntil)}`;
  const days = Math.floor(rest / DAY);
  return `until ${day(validUntil)}${
    rest > SOON ? "" : `, in ${days === 1 ? "1 day" : `${days} days`}`
  }`;
}

/** Lists what somebody has to do soon, in sentences. */
function warningsOf(
  { publishers, lockKeys, refreshBy, revoked }: PluginsTrust,
  now: number,
): readonly string[] {
  const owned = [
    ...Object.entries(publishers)
      .flatMap(([name, { keys }]) => keys.map((key) => [name, key] as const)),
    ...lockKeys.map((key) => ["the lock", key] as const),
  ];
  return [
    ...refreshBy !== undefined && Date.parse(refreshBy) < now
      ? [
        `The trust file was to be looked at by ${
          refreshBy.slice(0, DATE)
        }: review it, and move refreshBy`,
      ]
      : [],
    ...owned.flatMap(([name, key]) => {
      if (Object.hasOwn(revoked.keys, key.fingerprint)) return [];
      const rest = Date.parse(key.validUntil ?? "") - now;
      return rest < SOON
        ? [
          `The key ${key.fingerprint} of ${name} ${
            rest < 0 ? "expired" : "expires"
          } on ${
            key.validUntil?.slice(0, DATE)
          }: it signs no new lock from then on`,
        ]
        : [];
    }),
  ];
}

function keyRows(
  owner: string,
  keys: readonly TrustedKey[],
  { revoked }: PluginsTrust,
  now: number,
  { paint }: Screen,
): readonly Row[] {
  return keys.map((key): Row => {
    const isRevoked = Object.hasOwn(revoked.keys, key.fingerprint);
    const shown = validity(key, now);
    return [
      owner,
      key.fingerprint,
      isRevoked
        ? { text: "revoked", paint: paint.red }
        : { text: shown, paint: /^expired/.test(shown) ? paint.red : String },
    ];
  });
}

function formatList(trust: PluginsTrust, now: number, screen: Screen): string {
  const { publishers, lockKeys, revoked } = trust;
  const { keys, trees, plugins } = revoked;
  const publisherTable = formatTable(
    ["PUBLISHER", "MAY PROVIDE"],
    Object.entries(publishers)
      .map(([name, { plugins }]) => [name, plugins.join(", ")]),
    screen,
  );
  const keyTable = formatTable(
    ["OWNER", "KEY", "VALID"],
    [
      ...Object.entries(publishers).flatMap(([name, { keys }]) =>
        keyRows(name, keys, trust, now, screen)
      ),
      ...keyRows("the lock", lockKeys, trust, now, screen),
    ],
    screen,
  );
  const revokedTable = formatTable(
    ["REVOKED", "WHAT", "REASON"],
    [
      ...Object.entries(keys).map(([key, reason]) => ["key", key, reason]),
      ...Object.entries(trees).map(([tree, reason]) => ["tree", tree, reason]),
      ...plugins.map(({ id, versions, reason }) => [
        "plugin",
        `${id} ${versions}`,
        reason,
      ]),
    ],
    screen,
  );
  const withLock = new Map(Object.entries(trustPolicy({ trust, lock: ANY })));
  const levelTable = formatTable(
    ["LEVEL", "RULE", "RULE WITH A LOCK"],
    Object.entries(trustPolicy({ trust })).map(([level, rule]) => [
      level,
      rule,
      withLock.get(level) ?? rule,
    ]),
    screen,
  );
  return [publisherTable, keyTable, revokedTable, levelTable]
    .filter((table) => table !== "").join("\n");
}

/** Some lock: which one, makes no difference to the rules. */
const ANY: PluginsLock = { lockVersion: 1, serial: 1, plugins: {} };

function publicKey(key: TrustedKey) {
  const { fingerprint, validFrom, validUntil } = key;
  return { fingerprint, validFrom, validUntil };
}

export function trustCommand(run: CommandRun): Command {
  const { screen } = run.terminal;
  const lines = (...texts: readonly string[]) =>
    joinLines(texts.flatMap((text) => wrapLine(escapeControls(text), screen)));

  /** Changes the trust file, which must be there. */
  async function edit(
    flags: TrustFlags,
    change: (trust: PluginsTrust) => PluginsTrust | Promise<PluginsTrust>,
    done: string,
  ): Promise<Outcome> {
    const { trust: path } = lockPaths(flags);
    let serial = 0;
    await replaceText(run, path, async (text) => {
      if (text === undefined) {
        throw new UsageError(
          `There is no trust file ${quote(path)}`,
          "Make it by semantik-plugin trust init",
        );
      }
      const before = await trustOfFile(text, path);
      serial = before.serial + 1;
      const after = formatTrust({ ...await change(before), serial });
      // Nothing that could not be read again is written.
      await trustOfFile(after, path);
      return after;
    });
    return {
      result: { file: path, serial },
      text: lines(done, `${path} has the serial ${serial}`),
      exitCode: 0,
    };
  }

  async function init(flags: TrustFlags): Promise<Outcome> {
    const { trust: path } = lockPaths(flags);
    await replaceText(run, path, (text) => {
      if (text === undefined) return formatTrust(EMPTY);
      throw new UsageError(
        `There is a trust file ${quote(path)} already`,
        "Use it, or name another: --trust FILE",
      );
    });
    return {
      result: { file: path, serial: EMPTY.serial },
      text: lines(
        `Made ${path}, which trusts nobody yet`,
        "Trust a publisher by semantik-plugin trust add NAME KEYFILE " +
          "--plugins 'NAME-*'",
      ),
      exitCode: 0,
    };
  }

  async function add(
    name: string,
    file: string,
    flags: AddFlags,
  ): Promise<Outcome> {
    if (!PUBLISHER_REGEXP.test(name)) {
      throw invalidValue(
        "<name>",
        name,
        "Use 1 to 64 of letters, digits, ., _, @ and -",
      );
    }
    const { plugins = [] } = flags;
    const wrong = plugins.find((one) => !ID_PATTERN_REGEXP.test(one));
    if (wrong !== undefined) {
      throw invalidValue(
        "--plugins",
        wrong,
        "Write an id, or a pattern such as acme-*",
      );
    }
    const key = await readKey(file, flags);
    return await edit(flags, (trust) => {
      assertNotRevoked(trust, key);
      const before = Object.hasOwn(trust.publishers, name)
        ? trust.publishers[name]
        : undefined;
      if (before === undefined && plugins.length === 0) {
        throw new UsageError(
          `${quote(name)} is new, and --plugins is missing`,
          "Say which ids it may provide, e.g. --plugins 'acme-*'",
        );
      }
      const publisher = {
        keys: withKey(before?.keys ?? [], key),
        plugins: [...new Set([...before?.plugins ?? [], ...plugins])],
      };
      const publishers = { ...trust.publishers, [name]: publisher };
      return { ...trust, publishers };
    }, `The key ${key.fingerprint} is trusted as one of ${name}`);
  }

  async function addLockKey(file: string, flags: KeyFlags): Promise<Outcome> {
    const key = await readKey(file, flags);
    const outcome = await edit(flags, (trust) => {
      assertNotRevoked(trust, key);
      return { ...trust, lockKeys: withKey(trust.lockKeys, key) };
    }, `The key ${key.fingerprint} may sign the lock`);
    return {
      ...outcome,
      text: outcome.text + lines(
        "From now on the lock needs a signature: ssh-keygen -Y sign -f KEY " +
          `-n semantik-plugins-lock ${lockPaths(flags).lock}`,
      ),
    };
  }

  async function revoke(
    what: (typeof REVOCABLE)[number],
    value: string,
    flags: RevokeFlags,
  ): Promise<Outcome> {
    const { reason } = flags;
    return await edit(
      flags,
      async (trust) => ({
        ...trust,
        revoked: await revoked(trust.revoked, what, value, reason),
      }),
      `Revoked the ${what} ${value}: ${reason}`,
    );
  }

  async function list(flags: TrustFlags): Promise<Outcome> {
    const paths = lockPaths(flags);
    const trust = await requireTrust(paths.trust);
    const now = run.clock.now();
    const warnings = warningsOf(trust, now);
    for (const warning of warnings) run.note(warning);
    const { serial, refreshBy, publishers, lockKeys, revoked } = trust;
    return {
      result: {
        file: paths.trust,
        serial,
        ...refreshBy === undefined ? {} : { refreshBy },
        publishers: Object.entries(publishers)
          .map(([name, { keys, plugins }]) => ({
            name,
            plugins,
            keys: keys.map(publicKey),
          })),
        lockKeys: lockKeys.map(publicKey),
        revoked,
        levels: trustPolicy({ trust }),
        levelsWithLock: trustPolicy({ trust, lock: ANY }),
        warnings,
      },
      text: formatList(trust, now, screen),
      exitCode: 0,
    };
  }

  const withOptions = (command: Command) =>
    addTrustOption(addLockOption(command))
      .option("--json", "print the result as JSON");
  const withKeyOptions = (command: Command) =>
    command
      .option("--valid-from <time>", "the key signs nothing before, in UTC")
      .option(
        "--valid-until <time>",
        "the key signs no new lock after, in UTC",
      );

  return new Command("trust")
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .summary("decide whom to trust, and revoke")
    .description(
      `Changes ${TRUST_FILE}: the publishers and the ids that they may provide, the keys that may sign the lock, ` +
        "and what is revoked. Each change raises its serial. Hosts take it into account when they load plugins.",
    )
    .addCommand(
      withOptions(new Command("init"))
        .summary("make a trust file that trusts nobody")
        .action((flags: TrustFlags) =>
          run.run("trust init", flags.json, () => init(flags))
        ),
    )
    .addCommand(
      withOptions(withKeyOptions(
        new Command("add")
          .argument("<name>", "the publisher")
          .argument("<file>", "a public key, as ssh-keygen writes it")
          .option(
            "--plugins <pattern>",
            "an id that it may provide, or a pattern such as acme-*",
            collect,
          ),
      ))
        .summary("trust a key of a publisher, for some ids")
        .action((name: string, file: string, flags: AddFlags) =>
          run.run("trust add", flags.json, () => add(name, file, flags))
        ),
    )
    .addCommand(
      withOptions(withKeyOptions(
        new Command("operator")
          .argument("<file>", "a public key, as ssh-keygen writes it"),
      ))
        .summary("require a signature of the lock, by this key")
        .action((file: string, flags: KeyFlags) =>
          run.run("trust operator", flags.json, () => addLockKey(file, flags))
        ),
    )
    .addCommand(
      withOptions(
        new Command("revoke")
          .addArgument(
            new Argument("<what>", "what is revoked").choices(REVOCABLE),
          )
          .argument(
            "<value>",
            "a fingerprint or a .pub file; a digest; or an id, with versions after @",
          )
          .requiredOption("--reason <text>", "why, for people"),
      )
        .summary("revoke a key, a tree or versions of a plugin")
        .action((
          what: (typeof REVOCABLE)[number],
          value: string,
          flags: RevokeFlags,
        ) =>
          run.run(
            "trust revoke",
            flags.json,
            () => revoke(what, value, flags),
          )
        ),
    )
    .addCommand(
      withOptions(new Command("list"))
        .summary("list publishers, keys and revocations, and what expires")
        .action((flags: TrustFlags) =>
          run.run("trust list", flags.json, () => list(flags))
        ),
    );
}
