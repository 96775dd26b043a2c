/**
 * A page that shows the plugins of a host: which need attention and why, their
 * permissions and risks, their dependencies and their last events. People who
 * sign in enable, disable and configure plugins, grant and revoke permissions, and
 * answer the questions of the host. Any server of Deno mounts it.
 *
 * @example Under a path of a server
 * ```ts
 * import { PluginHost } from "@semantik/plugins";
 * import { createPage } from "@semantik/plugins/page";
 * import { assertEquals } from "@std/assert";
 *
 * await using host = new PluginHost({ name: "example", version: "1.0.0" });
 * await host.load();
 * using page = createPage({ host, token: "0123456789abcdef0123456789abcdef" });
 *
 * async function handle(request: Request): Promise<Response> {
 *   const { pathname } = new URL(request.url);
 *   if (pathname === "/plugins") return await page(request);
 *   return new Response("The application\n");
 * }
 *
 * const response = await handle(new Request("http://localhost:8000/plugins"));
 *
 * // It asks for the token first.
 * assertEquals(response.status, 401);
 * ```
 *
 * @module
 */

import "../base/require_deno.ts";

export { createPage, type Page } from "./create_page.ts";
export type { PageHost, PageOptions } from "./page_options.ts";
export {
  type AnswerResult,
  type DeskAnswer,
  type DeskQuestion,
  QuestionDesk,
  type QuestionDeskOptions,
  type WaitingQuestion,
} from "./question_desk.ts";
export { RecentEvents, type RecentEventsOptions } from "./recent_events.ts";
export type {
  AuditLevel,
  AuditLogger,
  AuditLogOptions,
  Clock,
  ConfigureResult,
  Decision,
  DisableOptions,
  EnableOptions,
  Hazard,
  Health,
  HostEventMap,
  HostEvents,
  HostInspection,
  Manifest,
  PermissionDeclaration,
  PermissionEntry,
  PermissionKind,
  PermissionReport,
  PermissionSet,
  PluginErrorCode,
  PluginStatus,
  Problem,
  SurplusReport,
} from "../../mod.ts";
export { PLUGIN_ERROR_CODES } from "../../mod.ts";
export {
  type AuditEvent,
  AuditHandler,
  type AuditValue,
  EncodedEvent,
} from "../audit/mod.ts";
