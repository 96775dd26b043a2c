/**
 * A host that remembers what its plugins threw.
 *
 * @module
 */

import { type Engine, HostCore } from "../host/core.ts";
import type { OpenPlugin, Runner } from "../runners/runner.ts";

/**
 * A host that remembers what its plugins threw: a report holds problems alone,
 * and an author wants the stack.
 */
export class WatchedCore extends HostCore {
  /** What was thrown last, by plugin. */
  readonly thrown: Map<string, unknown> = new Map();

  /** @inheritdoc */
  override async engine(
    create: (core: HostCore) => Promise<Engine>,
  ): Promise<Engine> {
    const engine = await super.engine(create);
    return { ...engine, runner: this.#watch(engine.runner) };
  }

  #watch(runner: Runner): Runner {
    return {
      open: async (id, code) => {
        const opened = await this.#remember(id, runner.open(id, code));
        const watched: OpenPlugin = {
          hasConfigSchema: opened.hasConfigSchema,
          validateConfig: (config) =>
            this.#remember(id, opened.validateConfig(config)),
          setup: (context) => this.#remember(id, opened.setup(context)),
        };
        return watched;
      },
    };
  }

  async #remember<Value>(id: string, promise: Promise<Value>): Promise<Value> {
    try {
      return await promise;
    } catch (thrown) {
      this.thrown.set(id, thrown);
      throw thrown;
    }
  }
}
