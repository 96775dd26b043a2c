/** What the program was told. */
export interface ServerArguments {
  readonly port: number;
  readonly token: string | undefined;
}

/** What is wrong with how the program was started, for who started it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

// Short tokens can be tried out.
const MIN_TOKEN = 16;

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`The port is "${text}": give a number up to 65535`);
}

/**
 * Reads the arguments and the variable of the token. An argument is seen by
 * everybody who may list processes: the variable is the better way.
 *
 * @param args The arguments: `--port=NUMBER` and `--token=TOKEN`.
 * @param variable What `SERVER_TOKEN` is set to.
 * @returns What the program was told.
 * @throws {UsageError} when it makes no sense.
 */
export function parseArguments(
  args: readonly string[],
  variable: string | undefined,
): ServerArguments {
  let port = 8_000;
  let token = variable === "" ? undefined : variable;
  for (const arg of args) {
    const [name, ...rest] = arg.split("=");
    const value = rest.join("=");
    if (name === "--port" && rest.length > 0) port = readPort(value);
    else if (name === "--token" && rest.length > 0) token = value;
    else {
      throw new UsageError(
        `The argument "${name}" is unknown: give --port=NUMBER or --token=TOKEN`,
      );
    }
  }
  if (token !== undefined && token.length < MIN_TOKEN) {
    throw new UsageError(
      `The token is too short: give at least ${MIN_TOKEN} characters`,
    );
  }
  return { port, token };
}
