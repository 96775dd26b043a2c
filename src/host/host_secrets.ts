/** Masks the secrets of plugins in everything that the host shows. */

import type { AuditLogger } from "../audit/audit_logger.ts";
import type { SecretHold, SecretValues } from "../secrets/secret_values.ts";

interface HostSecretsOptions {
  readonly audit: AuditLogger;
  /** Masks the forms that the application declared. */
  readonly maskForms: ((text: string) => string) | undefined;
}

/** The known secrets of one host. The audit trail is masked from the first one on. */
export class HostSecrets implements Disposable {
  readonly #options: HostSecretsOptions;
  #values: SecretValues | undefined;
  #redaction: Disposable | undefined;
  #isClosed = false;

  constructor(options: HostSecretsOptions) {
    this.#options = options;
    if (options.maskForms !== undefined) this.#redact();
  }

  #redact(): void {
    this.#redaction ??= this.#options.audit.redactWith(this.maskKnown);
  }

  /** Creates a hold for the secrets of one configuration of one plugin. */
  hold(create: () => SecretValues): SecretHold {
    const values = this.#values ??= create();
    this.#redact();
    return values.hold();
  }

  /** Masks known secrets and the application's own forms. */
  readonly maskKnown = (text: string): string => {
    const masked = this.#values?.mask(text) ?? text;
    return this.#options.maskForms?.(masked) ?? masked;
  };

  /** Tests if a text contains one of the application's own forms. */
  readonly isOwn = (text: string): boolean =>
    (this.#options.maskForms?.(text) ?? text) !== text;

  /** Masks the trail for one event after the end: late code still has its secrets. */
  redactLate(): Disposable | undefined {
    return this.#isClosed && this.#values !== undefined
      ? this.#options.audit.redactWith(this.maskKnown)
      : undefined;
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#redaction?.[Symbol.dispose]();
    this.#redaction = undefined;
  }
}
