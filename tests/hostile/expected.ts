/** What must happen to a plugin that misbehaves. */

import type { PluginErrorCode, Health } from "@semantik/plugins";

/** What must happen to a plugin. */
export interface Expected {
  /** What the report says of it. */
  readonly outcome: "loaded" | "failed" | "refused";
  /** The code of the report. */
  readonly code?: PluginErrorCode;
  /** Its id, where that is not the name of its folder. */
  readonly id?: string | undefined;
  /** Its type, where that is not `thing`. */
  readonly type?: string;
  /** Whether it settles only because its time is over. */
  readonly hangs?: boolean;
  /** What its method returns, where that is not its id; nothing where it throws. */
  readonly says?: string | undefined;
  /** Whether it crashes some time after it was loaded. */
  readonly crashes?: boolean;
  /** Whether it is ended because it crashes, or what it requires does. */
  readonly ends?: boolean;
  /** Whether it leaves something of which nobody can tell whose it is. */
  readonly unclear?: boolean;
  /** How it says that it is. */
  readonly health?: Health["status"];
  /** Whether its health check ends only because its time is over. */
  readonly hangsInHealth?: boolean;
  /** Whether it crashes because of its health check. */
  readonly crashesInHealth?: boolean;
  /** Whether it crashes when it is disposed of. */
  readonly crashesInDisposal?: boolean;
  /** The code of what comes of disposing of it. */
  readonly disposal?: PluginErrorCode;
  /** Whether it writes events that are not written. */
  readonly drops?: boolean;
}
