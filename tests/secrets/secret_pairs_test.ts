import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  isNameInMap,
  isSecretItem,
  isSecretMap,
  isSecretPair,
} from "../../src/secrets/secret_items.ts";

function isPair(object: Readonly<Record<string, unknown>>): boolean {
  return isSecretPair((key) => object[key]);
}

Deno.test("isSecretPair() reads the name beside a value", () => {
  assert(isPair({ name: "Authorization", value: "x" }));
  assert(isPair({ key: "DB_PASSWORD", value: "x" }));
  assert(isPair({ header: "X-Api-Key", value: "x" }));
  assertFalse(isPair({ name: "max_tokens", value: 3 }));
  assertFalse(isPair({ label: "password", value: "x" }));
  assertFalse(isPair({ name: 3, value: "x" }));
});

Deno.test("isSecretItem() tells pairs and headers from lists of names", () => {
  const pair = { length: 2, isInList: true };
  const list = { length: 4, isInList: false };
  assert(isSecretItem(pair, 1, "password", "x"));
  assert(isSecretItem(list, 3, "authorization", "Token x"));
  assert(isSecretItem(list, 1, "Set-Cookie", "sid=x"));
  assertFalse(isSecretItem(pair, 0, undefined, "password"));
  assertFalse(isSecretItem(pair, 1, "config_keys", "x"));
  assertFalse(isSecretItem({ ...pair, length: 3 }, 1, "password", "email"));
  assertFalse(isSecretItem(list, 1, "password", "email"));
  assertFalse(isSecretItem(list, 1, "Authorization", "Accept"));
});

Deno.test("isSecretMap() knows what holds secrets by name", () => {
  const names = [
    ...["secrets", "passwords", "api_keys", "appSecrets", "github_tokens"],
    ...["keys", "config_keys", "tokens", "credentials", "secret", "cookies"],
  ];
  assertEquals(names.filter(isSecretMap), names.slice(0, 5));
});

Deno.test("isNameInMap() tells names of secrets from settings of the map", () => {
  const names = [
    ...["db", "root", "openai", "provider", "path", "has_db", "vault"],
    ...["user", "username", "usernames", "region", "project", "namespace"],
    "engine",
  ];
  assertEquals(names.filter(isNameInMap), names.slice(0, 3));
});
