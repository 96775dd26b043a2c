import { definePlugin, PluginHost } from "@semantik/plugins";
import { createAuditLogger } from "@semantik/plugins/audit";
import { QuestionDesk, RecentEvents } from "@semantik/plugins/page";
import { MemoryStateStore } from "@semantik/plugins/state";

const LONG = "x".repeat(60);

/** Creates a host that asks on its page about two plugins, and has agreed to one. */
export function createAskingHost() {
  const trail = new RecentEvents();
  const questions = new QuestionDesk();
  const plugin = definePlugin({ setup: () => ({}) });
  const host = new PluginHost({
    name: "asking",
    version: "1.0.0",
    audit: createAuditLogger({ handlers: [trail] }),
    switches: false,
    consent: "required",
    permissions: "report",
    ask: questions.ask,
    state: new MemoryStateStore([
      ["agreed", {
        consent: {
          permissions: { net: ["a.example:443"] },
          source: "builtin:agreed",
          by: "ada",
          at: "2026-01-02T03:04:05.000Z",
        },
      }],
    ]),
    builtins: [
      {
        manifest: {
          id: "agreed",
          type: "search",
          version: "1.0.0",
          permissions: { net: ["a.example:443"] },
          optionalPermissions: { sys: ["hostname"] },
        },
        plugin,
      },
      {
        manifest: {
          id: "first",
          type: "search",
          version: "1.0.0",
          description: "Reads documents, and says what is in them",
          permissions: { run: true, read: [`/srv/${LONG}/${LONG}/${LONG}`] },
        },
        plugin,
      },
      {
        manifest: {
          id: "second",
          type: "sink",
          version: "2.0.0",
          permissions: { net: ["b.example:443"] },
        },
        plugin,
      },
    ],
  });
  return { host, questions, trail };
}
