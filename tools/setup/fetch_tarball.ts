import type { Carrier } from "./carriers.ts";
import { checkIntegrity } from "./check_integrity.ts";
import { reasonOf, RegistryError } from "./setup_error.ts";

/** Fetches the bytes of a carrier's tarball. */
export type FetchTarball = (
  carrier: Carrier,
) => Promise<Uint8Array<ArrayBuffer>>;

type NpmOptions = Readonly<Record<string, unknown>>;

/** The part of npm's `pacote` that is used here. */
interface Pacote {
  tarball(spec: string, options: NpmOptions): Promise<Uint8Array>;
}

/** The part of npm's `@npmcli/config` that is used here. */
interface NpmConfigModule {
  readonly default: new (options: NpmOptions) => {
    load(): Promise<void>;
    readonly flat: NpmOptions;
  };
}

const PACOTE = "npm:pacote@22.0.0";
const NPM_CONFIG = "npm:@npmcli/config@11.2.0";

/**
 * Loads npm's own client with npm's own settings: registry, tokens, proxy and
 * certificates, from `.npmrc` and the environment.
 */
export async function createNpmFetcher(
  folder: string,
  timeout: number,
): Promise<FetchTarball> {
  const [pacote, settings] = await within(timeout, loadNpm(folder));
  return async ({ spec, integrity }) => {
    const bytes = await fetchBytes(pacote, spec, settings);
    await checkIntegrity(spec, bytes, integrity);
    return bytes;
  };
}

async function fetchBytes(
  pacote: Pacote,
  spec: string,
  settings: NpmOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(
      await pacote.tarball(spec, {
        ...settings,
        cache: undefined,
        retry: { retries: 2, factor: 2, minTimeout: 500, maxTimeout: 2_000 },
        timeout: 30_000,
      }),
    );
  } catch (error) {
    throw new RegistryError(reasonOf(error));
  }
}

async function loadNpm(folder: string): Promise<[Pacote, NpmOptions]> {
  const [pacote, { default: Config }, definitions]: [
    Pacote,
    NpmConfigModule,
    NpmOptions,
  ] = await Promise.all([
    import(PACOTE),
    import(NPM_CONFIG),
    import(`${NPM_CONFIG}/lib/definitions/index.js`),
  ]);
  const config = new Config({
    ...definitions,
    argv: [],
    cwd: folder,
    npmPath: folder,
    warn: false,
  });
  await config.load();
  return [pacote, config.flat];
}

async function within<T>(timeout: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`no response within ${timeout / 1000} seconds`)),
    timeout,
  );
  try {
    return await Promise.race([work, promise]);
  } catch (error) {
    throw new RegistryError(reasonOf(error));
  } finally {
    clearTimeout(timer);
  }
}
