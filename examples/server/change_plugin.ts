import { PluginError } from "@semantik/plugins";
import type { GaugeHost } from "./create_host.ts";
import { isSameToken } from "./same_token.ts";

/** The result of a request to change something. */
export interface ChangeResult {
  /** The HTTP status. */
  readonly status: number;
  /** The reason and the remedy; empty on success. */
  readonly message: string;
}

/** A request to change something. */
export interface ChangeRequest {
  readonly id: string;
  readonly action: "enable" | "disable";
  /** The token of the request. */
  readonly token: string | undefined;
}

function statusOf({ code }: PluginError): number {
  if (code === "PLUGIN_NOT_FOUND") return 404;
  return code === "PLUGIN_HOST_DISPOSED" ? 503 : 409;
}

/** Enables or disables a plugin if the token is right. */
export async function changePlugin(
  host: GaugeHost,
  { action, id, token }: ChangeRequest,
  expected: string | undefined,
): Promise<ChangeResult> {
  if (expected === undefined) {
    return {
      status: 403,
      message: "The server was started without a token: nothing can be changed",
    };
  }
  if (token === undefined || !await isSameToken(token, expected)) {
    host.audit.log("host:server", "change.refused", { action, plugin: id }, {
      level: "warn",
    });
    return {
      status: 401,
      message: "The token is missing or wrong",
    };
  }
  try {
    if (action === "enable") await host.enable(id);
    else await host.disable(id);
    return { status: 200, message: "" };
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    return {
      status: statusOf(error),
      message: `${error.message}. ${error.remedy}`,
    };
  }
}
