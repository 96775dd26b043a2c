export interface ServerArguments {
  readonly port: number;
  readonly token: string | undefined;
}

/** A usage error, shown without a stack. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

// Short tokens can be guessed.
const MIN_TOKEN = 16;

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`The port is "${text}": give a number up to 65535`);
}

/**
 * Reads the arguments and the variable of the token.
 *
 * Every user who may list processes sees an argument, so prefer the variable.
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
