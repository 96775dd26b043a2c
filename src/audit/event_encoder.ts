/** Encodes events as JSON, once for all handlers. */

import { describeThrown, escapeControls } from "../base/text.ts";
import { maskCredentials } from "../secrets/credentials.ts";
import {
  type AuditLevel,
  type AuditLogOptions,
  EncodedEvent,
} from "./audit_event.ts";
import { jsonText, KeyBook } from "./detail_keys.ts";
import { DetailWriter } from "./detail_writer.ts";
import { MaskedTexts, type TextMask, TextMasks } from "./text_masks.ts";

const MAX_ID_LENGTH = 1_024;

/** Creates a formatter of times as ISO 8601, which keeps the last second. */
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

/** The fields of an event, without its details. */
export interface EventFacts {
  readonly pluginId: string;
  readonly action: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly level: AuditLevel;
  readonly plugin: AuditLogOptions["plugin"];
}

/** Encodes events; remembers recurring ids, actions and keys. */
export class EventEncoder {
  readonly #masks: TextMasks | undefined;
  readonly #mask: TextMask | undefined;
  readonly #keys: KeyBook;
  // These are part of the message, and so visibly escaped in both.
  readonly #ids: MaskedTexts<{ readonly text: string; readonly json: string }>;
  readonly #timestamp = createTimestamp();

  constructor(redact: boolean) {
    const masks = redact ? new TextMasks() : undefined;
    this.#masks = masks;
    this.#mask = masks && ((text) => masks.mask(text));
    this.#keys = new KeyBook(masks);
    this.#ids = new MaskedTexts(masks, MAX_ID_LENGTH, (masked) => {
      const text = escapeControls(masked);
      return { text, json: jsonText(text) };
    });
  }

  /** Adds a mask for known secrets, until the result is disposed. */
  redactWith(mask: TextMask): Disposable {
    return this.#masks?.add(mask) ?? { [Symbol.dispose]() {} };
  }

  /** Redacts a text that is no event. */
  redact(text: string): string {
    return this.#mask?.(text) ?? maskCredentials(text);
  }

  encode(facts: EventFacts, details: unknown): EncodedEvent {
    const { level, time, plugin } = facts;
    const id = this.#id(facts.pluginId);
    const action = this.#id(facts.action);
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
    return value === undefined ? "" : `,"${name}":${this.#id(value).json}`;
  }

  #id(value: string) {
    // Untyped callers may pass anything.
    return this.#ids.get(
      typeof value === "string" ? value : describeThrown(value),
    );
  }
}
