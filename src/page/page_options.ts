import { systemClock } from "../base/timing.ts";
import type { Clock } from "../base/timing.ts";
import { argumentError } from "../base/errors.ts";
import {
  type AuditLogger,
  type ConfigureResult,
  type DisableOptions,
  type EnableOptions,
  type Health,
  type HostEvents,
  type HostInspection,
  type PermissionDeclaration,
  PluginError,
} from "../../mod.ts";
import { QuestionDesk } from "./question_desk.ts";
import type { RecentEvents } from "./recent_events.ts";

/** The part of a `PluginHost` that the page uses. */
export interface PageHost {
  /** The audit logger of the host: what people do on the page is recorded. */
  readonly audit: AuditLogger;
  /** The events of the host: the page shows changes as they happen. */
  readonly events: HostEvents;
  /** Describes every plugin. */
  inspect(): Promise<HostInspection>;
  /** Enables a plugin. */
  enable(id: string, options?: EnableOptions): Promise<void>;
  /** Disables a plugin. */
  disable(id: string, options?: DisableOptions): Promise<void>;
  /** Configures a plugin. */
  configure(
    id: string,
    config: Readonly<Record<string, unknown>>,
  ): Promise<ConfigureResult>;
  /** Agrees to permissions of a plugin, or gives them back. */
  grant(
    id: string,
    permissions?: PermissionDeclaration,
    options?: { readonly by?: string },
  ): Promise<void>;
  /** Takes permissions of a plugin back. */
  revoke(
    id: string,
    permissions?: PermissionDeclaration,
    options?: { readonly by?: string },
  ): Promise<void>;
  /** Replaces a plugin in a process of its own by its new files. */
  reload(id: string): Promise<void>;
  /** Checks the health of a plugin. */
  health(id: string): Promise<Health>;
}

/** Options of {@linkcode createPage}. */
export interface PageOptions {
  /** The host whose plugins the page shows. */
  readonly host: PageHost;
  /**
   * The token that people sign in with: at least 16 characters, better 32 random
   * ones. Without a token, nobody can change anything.
   *
   * @default {undefined}
   */
  readonly token?: string | undefined;
  /**
   * The part of the page that is served to everybody: `"nothing"`, or `"read"` for
   * all of it except the changes.
   *
   * @default {"nothing"}
   */
  readonly anonymous?: "nothing" | "read" | undefined;
  /**
   * The last events of each plugin. Pass the same object to `createAuditLogger`.
   *
   * @default {undefined} no events are shown
   */
  readonly trail?: RecentEvents | undefined;
  /**
   * The questions of the host, to be answered on the page. Pass the `ask` of the
   * same object to the host.
   *
   * @default {undefined} the page shows no questions
   */
  readonly questions?: QuestionDesk | undefined;
  /**
   * The origins under which browsers reach the page, such as
   * `https://admin.example`. By default, only a browser on this machine reaches
   * it, as `localhost` or `127.0.0.1`.
   *
   * @default {[]}
   */
  readonly origins?: readonly string[] | undefined;
  /**
   * Ends the connections of live updates when it is aborted. The end of the host
   * does so as well, but a server waits for its connections first.
   *
   * @default {undefined}
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * The number of browsers that get live updates at the same time.
   *
   * @default {32}
   */
  readonly maxClients?: number | undefined;
  /**
   * The clock, for sessions and limits.
   *
   * @default {systemClock}
   */
  readonly clock?: Clock | undefined;
}

export interface PageSettings {
  readonly host: PageHost;
  readonly token: string | undefined;
  readonly anonymous: "nothing" | "read";
  readonly trail: RecentEvents | undefined;
  readonly questions: QuestionDesk | undefined;
  readonly origins: readonly string[];
  readonly signal: AbortSignal | undefined;
  readonly maxClients: number;
  readonly clock: Clock;
}

const MIN_TOKEN = 16;

function invalid(option: string, fault: string, remedy: string): PluginError {
  return new PluginError(`Cannot create page: option "${option}" ${fault}`, {
    code: "PLUGIN_OPTION_INVALID",
    remedy,
  });
}

function checkOrigin(origin: unknown): void {
  const url = typeof origin === "string" ? URL.parse(origin) : null;
  if (url !== null && url.origin === origin && /^https?:$/.test(url.protocol)) {
    return;
  }
  throw invalid(
    "origins",
    "has an invalid origin",
    'Pass a scheme and a host alone, as in ["https://admin.example"]',
  );
}

/** Checks and completes the options. */
export function readPageOptions(options: PageOptions): PageSettings {
  if (typeof options?.host?.inspect !== "function") {
    throw argumentError(options?.host, {
      action: "create page",
      expected: "a host",
      remedy: "Pass the PluginHost, as in createPage({ host, token })",
    });
  }
  const {
    anonymous = "nothing",
    clock = systemClock,
    host,
    maxClients = 32,
    origins = [],
    questions,
    signal,
    token,
    trail,
  } = options;
  if (anonymous !== "nothing" && anonymous !== "read") {
    throw invalid("anonymous", "is unknown", 'Pass "nothing" or "read"');
  }
  if (token === undefined) {
    if (anonymous === "nothing") {
      throw invalid(
        "token",
        "is missing, so that nobody could see the page",
        'Pass a token, or anonymous: "read"',
      );
    }
  } else if (typeof token !== "string" || token.length < MIN_TOKEN) {
    throw invalid(
      "token",
      "is too short",
      `Pass at least ${MIN_TOKEN} characters, such as 32 random ones`,
    );
  }
  if (!Array.isArray(origins)) {
    throw invalid("origins", "is not a list", 'Pass ["https://admin.example"]');
  }
  origins.forEach(checkOrigin);
  if (!Number.isSafeInteger(maxClients) || maxClients < 0) {
    throw invalid("maxClients", "is not a number", "Pass a whole number");
  }
  if (questions !== undefined && !(questions instanceof QuestionDesk)) {
    throw invalid(
      "questions",
      "is not a QuestionDesk",
      "Pass new QuestionDesk(), and its ask to the host",
    );
  }
  return {
    host,
    token,
    anonymous,
    trail,
    questions,
    origins,
    signal,
    maxClients,
    clock,
  };
}
