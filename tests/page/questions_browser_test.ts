import { assert, assertEquals } from "@std/assert";
import { drive } from "./browser/drive.ts";

Deno.test("Questions and permissions in a browser", async (t) => {
  const found = await drive("drive_questions.ts");
  if (found === undefined) return;
  await t.step("its policy blocks nothing of its own", () => {
    assertEquals(found.complaints, []);
  });
  await t.step(
    "axe-core finds nothing, and no page is too wide",
    () => assertEquals(found.looks, []),
  );
  await t.step(
    "a question that another person answered leaves the page",
    () => {
      assertEquals(found.heading, "2 questions wait for an answer");
      assertEquals([found.wasThere, found.isGone], [true, true]);
      assertEquals(found.focused, "No to first");
      assertEquals(found.late, "409 This question is over: Bob said no.");
    },
  );
  await t.step("the keyboard alone answers, and what follows appears", () => {
    assertEquals(
      found.answered,
      "The answer to plugin first is: Yes, until the host ends.",
    );
  });
  await t.step("permissions are granted, and revoked without script", () => {
    assertEquals(
      [found.granted, found.revoked, found.killed],
      [
        "Plugin second is granted these permissions.",
        "Plugin agreed lost these permissions.",
        "All plugins lost these permissions.",
      ],
    );
    assert(found.marks.includes("was revoked"), found.marks);
    assertEquals(found.plugins, [
      ["agreed", "refused", "ada", "Ada"],
      ["first", "refused", "Ada", null],
      ["second", "live", "Ada", null],
    ]);
  });
  await t.step("the trail has the name of who decided", () => {
    assertEquals(found.events, [
      ["first", "plugin.consent.granted", "Ada"],
      ["second", "permission.granted", "Ada"],
      ["agreed", "permission.revoked", "Ada"],
      ["*", "permission.revoked", "Ada"],
    ]);
  });
});
