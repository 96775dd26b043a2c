import type {
  SubprocessCommand,
  SubprocessPlugin,
} from "@semantik/plugins/subprocess";

function bind(flag: string, paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => [flag, path, path]);
}

/** Starts a plugin with no network, and with no file but those it may use. */
export function inBubblewrap(
  { program, args, env }: SubprocessCommand,
  { read, write }: SubprocessPlugin,
): SubprocessCommand {
  const { DENO_DIR = `${env.HOME}/.cache/deno` } = env;
  return {
    program: "bwrap",
    args: [
      "--unshare-all",
      "--die-with-parent",
      ...bind("--ro-bind-try", ["/usr", "/lib", "/lib64", program, DENO_DIR]),
      ...bind("--ro-bind-try", read),
      ...bind("--bind-try", write),
      ...["--proc", "/proc", "--dev", "/dev", "--chdir", "/", "--", program],
      ...args,
    ],
    env: { ...env, DENO_DIR },
  };
}
