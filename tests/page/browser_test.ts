import { assert, assertEquals } from "@std/assert";
import { drive } from "./browser/drive.ts";

Deno.test("The page in a browser, with 3 and with 200 plugins", async (t) => {
  const found = await drive("drive_browser.ts");
  if (found === undefined) return;
  const { keyboard, live, looks, looksOfMany, size, withoutScript } = found;
  await t.step("its policy blocks nothing of its own", () => {
    assertEquals(found.complaints, []);
  });
  await t.step("axe-core finds nothing, in light and in dark", () => {
    assertEquals([...looks.faults, ...looksOfMany.faults], []);
  });
  await t.step("no width needs scrolling to the side", () => {
    assertEquals([...looks.overflows, ...looksOfMany.overflows], []);
  });
  await t.step("the keyboard alone signs in, opens a row and disables", () => {
    assert(keyboard.alert.startsWith("The token is wrong"), keyboard.alert);
    assertEquals(keyboard.reached.at(-1), "summary");
    assertEquals(
      [keyboard.isOpen, keyboard.outline, keyboard.title],
      [true, "solid", "Disable slow"],
    );
    assertEquals(
      [keyboard.said, keyboard.status],
      ["Plugin slow is disabled.", "disabled"],
    );
  });
  await t.step(
    "changes appear, and leave open rows and the focus alone",
    () => {
      assertEquals([live.kept, live.said], ["true true", "Changed: slow"]);
      assert(live.address.includes("q=mails"), live.address);
    },
  );
  await t.step("an open page asks to sign in after the session ended", () => {
    assertEquals(found.signedOut, "Sign in");
  });
  await t.step("everything works without script", () => {
    const { address, isOpen, review, said } = withoutScript;
    assert(address.includes("q=slow") && isOpen, address);
    assert(review.includes("3 → 4"), review);
    assertEquals(said, "Plugin slow runs with its new configuration.");
  });
  await t.step(
    "200 plugins are a short page, and less motion is respected",
    () => {
      const { bytes, height, loadMs, motion } = size;
      assert(height < 2_000, `${height} pixels`);
      assert(bytes < 100_000, `${bytes} bytes`);
      assert(loadMs < 3_000, `${loadMs} ms`);
      assertEquals(motion, "0s");
    },
  );
});
