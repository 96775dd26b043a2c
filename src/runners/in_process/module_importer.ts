/**
 * Imports the modules of plugins.
 *
 * @module
 */

type Import = () => Promise<unknown>;

// For fewer of them the module that holds them costs more than it spares.
const WORTHWHILE = 6;

function isImports(value: unknown): value is readonly Import[] {
  return Array.isArray(value) &&
    value.every((one) => typeof one === "function");
}

function readDefault(module: unknown): unknown {
  return typeof module === "object" && module !== null
    ? Reflect.get(module, "default")
    : undefined;
}

/**
 * Imports modules, many of them faster than one by one.
 *
 * For each import whose specifier it does not know beforehand, Deno goes through
 * every module of the program. For those that stand in a module as text it does
 * that once: so a module is made that holds them. None of their code runs until
 * each is imported, and what is wrong with one of them stays its own.
 */
export class ModuleImporter {
  readonly #prepared = new Map<string, Import>();

  /**
   * Has Deno read modules beforehand, where they are many. Runs none of their
   * code. Reading needs `read` permission; what may not be read is found out at
   * its import.
   *
   * @param modules The modules; those of this machine are read.
   * @param beforeRead Called with each module before it is read.
   * @returns A promise that is fulfilled when they are read, and never rejected.
   */
  async prepare(
    modules: readonly string[],
    beforeRead: (specifier: string) => void = () => {},
  ): Promise<void> {
    // From a server it may take long, and it is known who waits for what.
    const specifiers = modules.filter((one) => one.startsWith("file:"));
    if (specifiers.length < WORTHWHILE) return;
    specifiers.forEach((specifier) => beforeRead(specifier));
    const thunks = specifiers.map((one) =>
      `()=>import(${JSON.stringify(one)})`
    );
    const text = `export default [${thunks.join(",\n")}];`;
    const url = URL.createObjectURL(
      new Blob([text], { type: "text/javascript" }),
    );
    try {
      const imports = readDefault(await import(url));
      if (!isImports(imports)) return;
      specifiers.forEach((specifier, index) => {
        const one = imports[index];
        if (one !== undefined) this.#prepared.set(specifier, one);
      });
    } catch {
      // Then each is imported by itself, and says what is wrong with it.
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  /**
   * Imports a module.
   *
   * @param specifier The module.
   * @returns What it exports.
   * @throws what the module throws.
   */
  async import(specifier: string): Promise<unknown> {
    const prepared = this.#prepared.get(specifier);
    if (prepared === undefined) return await import(specifier);
    this.#prepared.delete(specifier);
    return await prepared();
  }
}
