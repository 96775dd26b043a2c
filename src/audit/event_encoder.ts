/** Makes events out of what callers say. */

import { cut, describeThrown, escapeControls } from "../base/text.ts";
import { maskCredentials } from "../secrets/credentials.ts";
import {
  type AuditLevel,
  type AuditPlugin,
  EncodedEvent,
} from "./audit_event.ts";
import { jsonText, KeyBook } from "./detail_keys.ts";
import { DetailWriter } from "./detail_writer.ts";
import { type TextMask, TextMasks } from "./text_masks.ts";

/**
 * Makes a function that formats times, and keeps the second it formatted last.
 */
function createTimestamp(): (milliseconds: number) => string {
  let second = NaN;
  let prefix = "";
  return (milliseconds) => {
    const whole = Math.floor(milliseconds / 1_000);
    if (whole !== second) {
      prefix = new Date(milliseconds).toISOString().slice(0, -4);
      second = whole;
    }
    const rest = Math.floor(milliseconds - whole * 1_000);
    return `${prefix}${String(rest).padStart(3, "0")}Z`;
  };
}

const MAX_SHOWN_LENGTH = 1_024;
const MAX_SHOWN = 2_000;

interface Shown {
  readonly text: string;
  readonly json: string;
}

/** What an encoder is told of an event besides its details. */
export interface EventFacts {
  /** The plugin it is about. */
  readonly pluginId: string;
  /** What happened. */
  readonly action: string;
  /** When, in milliseconds since the epoch. */
  readonly time: number;
  /** How grave it is. */
  readonly level: AuditLevel;
  /** What is known of the plugin. */
  readonly plugin: AuditPlugin | undefined;
}

/** Encodes events; remembers the ids, actions and keys that come back. */
export class EventEncoder {
  readonly #masks: TextMasks | undefined;
  readonly #mask: TextMask | undefined;
  readonly #keys: KeyBook;
  readonly #shown = new Map<string, Shown>();
  readonly #timestamp = createTimestamp();

  /** Makes an encoder. */
  constructor(redact: boolean) {
    const masks = redact ? new TextMasks() : undefined;
    this.#masks = masks;
    this.#mask = masks === undefined ? undefined : (text) => masks.mask(text);
    this.#keys = new KeyBook(masks);
  }

  /** Redacts more than what looks like a credential, until the result is disposed. */
  redactWith(mask: TextMask): Disposable {
    return this.#masks?.add(mask) ?? { [Symbol.dispose]() {} };
  }

  /** Redacts a text that is no event. */
  redact(text: string): string {
    return this.#mask?.(text) ?? maskCredentials(text);
  }

  /** Encodes an event, whatever its details are. */
  encode(facts: EventFacts, details: unknown): EncodedEvent {
    const { level, time, plugin } = facts;
    const id = this.#show(facts.pluginId);
    const action = this.#show(facts.action);
    let open = `{"timestamp":"${
      this.#timestamp(time)
    }","level":"${level}","plugin_id":${id.json},"action":${action.json}`;
    if (plugin !== undefined) {
      this.#keys.addPlugin(facts.pluginId);
      open += this.#field("plugin_type", plugin.type) +
        this.#field("version", plugin.version) +
        this.#field("entry_point", plugin.entryPoint);
    }
    open += new DetailWriter(this.#keys, this.#mask).write(details);
    const message = `PLUGIN_AUDIT: ${id.text} - ${action.text}`;
    return new EncodedEvent(level, time, message, open);
  }

  #field(name: string, value: string | undefined): string {
    return value === undefined ? "" : `,"${name}":${this.#show(value).json}`;
  }

  /** A text that is part of the message, and so visibly escaped in both. */
  #show(value: string): Shown {
    // A caller without types may hand over anything.
    const given = typeof value === "string" ? value : describeThrown(value);
    const short = cut(given, MAX_SHOWN_LENGTH);
    const cleared = this.#masks?.known(short) ?? short;
    // A secret that became known since then must not come out of the memory.
    const known = cleared === value ? this.#shown.get(value) : undefined;
    if (known !== undefined) return known;
    const text = escapeControls(this.#masks?.likely(cleared) ?? cleared);
    const shown: Shown = { text, json: jsonText(text) };
    if (cleared === value) {
      if (this.#shown.size >= MAX_SHOWN) this.#shown.clear();
      this.#shown.set(value, shown);
    }
    return shown;
  }
}
