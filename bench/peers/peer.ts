/** Something that runs a plugin outside of this thread, and was started. */
export interface Peer {
  /** Returns a text by way of the plugin. */
  echo(text: string): Promise<string>;
  end(): Promise<void>;
}

/** A module of this folder. */
export interface PeerModule {
  /** Makes what many starts have in common, and returns what starts a plugin. */
  prepare(): Promise<() => Promise<Peer>>;
}

/** Tests if an imported module is one of this folder. */
export function isPeerModule(value: unknown): value is PeerModule {
  return typeof value === "object" && value !== null && "prepare" in value &&
    typeof value.prepare === "function";
}
