import { assertRejects } from "@std/assert";
import { checkIntegrity } from "../../../tools/setup/check_integrity.ts";
import { SetupError } from "../../../tools/setup/setup_error.ts";

// What `openssl dgst -sha512 -binary | base64` says of the three letters.
const ABC =
  "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";

Deno.test("checkIntegrity() accepts the pinned bytes", async () => {
  await checkIntegrity("abc@1.0.0", new TextEncoder().encode("abc"), ABC);
});

Deno.test("checkIntegrity() refuses others, and names them", async () => {
  const error = await assertRejects(
    () => checkIntegrity("abc@1.0.0", new TextEncoder().encode("abd"), ABC),
    SetupError,
    'the tarball of "abc@1.0.0" hashes to "sha512-',
  );
  if (!error.message.includes(ABC)) throw error;
});
