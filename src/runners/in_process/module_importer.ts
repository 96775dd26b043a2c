type Import = () => Promise<unknown>;

/** Below this number, the generated module costs more than it saves. */
const WORTHWHILE = 6;

function isImports(value: unknown): value is readonly Import[] {
  return Array.isArray(value) &&
    value.every((one) => typeof one === "function");
}

export function readDefaultExport(module: unknown): unknown {
  return typeof module === "object" && module !== null
    ? Reflect.get(module, "default")
    : undefined;
}

/**
 * Imports many modules faster than one by one.
 *
 * Deno goes through every module of the program for each computed import, but
 * only once for all literal imports of one module. So this generates a module
 * of literal imports. No code runs until each is imported, and a broken module
 * fails by itself.
 */
export class ModuleImporter {
  readonly #prepared = new Map<string, Import>();

  /**
   * Has Deno read local modules ahead if they are many. Runs none of their code,
   * and never rejects.
   */
  async prepare(
    modules: readonly string[],
    beforeRead: (specifier: string) => void = () => {},
  ): Promise<void> {
    // A server may be slow, and its module must delay no other plugin.
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
      const imports = readDefaultExport(await import(url));
      if (!isImports(imports)) return;
      specifiers.forEach((specifier, index) => {
        const one = imports[index];
        if (one !== undefined) this.#prepared.set(specifier, one);
      });
    } catch {
      // Each is then imported by itself, which reports its error.
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  async import(specifier: string): Promise<unknown> {
    const prepared = this.#prepared.get(specifier);
    if (prepared === undefined) return await import(specifier);
    this.#prepared.delete(specifier);
    return await prepared();
  }
}
