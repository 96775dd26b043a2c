import { assert, assertEquals } from "@std/assert";
import {
  fieldRole,
  findSecretItems,
  isNamedSecret,
  isNameInMap,
  isSecretMap,
  type ListPlace,
} from "../../src/secrets/credentials.ts";

/** The keys of values that an object names as secrets. */
function valuesOf(
  object: Readonly<Record<string, unknown>>,
): readonly string[] {
  const keys = Object.keys(object);
  return keys.filter((key) =>
    isNamedSecret(fieldRole(key), keys, (other) => object[other])
  );
}

/** The items of a list that are secrets. */
function itemsOf(
  items: readonly unknown[],
  place: Partial<ListPlace> = {},
): readonly unknown[] {
  const found = findSecretItems(items, { key: "", isInList: false, ...place });
  return [...found].map((index) => items[index]);
}

Deno.test("isNamedSecret() checks the name beside a value", () => {
  const secret: readonly Readonly<Record<string, unknown>>[] = [
    { name: "Authorization", value: "x" },
    { key: "DB_PASSWORD", value: "x" },
    { header: "X-Api-Key", value: "x" },
    { Name: "DB_PASSWORD", Value: "x" },
    { k: "api_key", v: "x" },
    { variable: "API_TOKEN", content: "x" },
    { path: "/db/password", op: "replace", value: "x" },
    { param: "client_secret", val: "x" },
  ];
  for (const object of secret) {
    const last = Object.keys(object).at(-1) ?? "";
    assertEquals(valuesOf(object), [last], Deno.inspect(object));
  }
  assertEquals(valuesOf({ field: "password", old: "a", newValue: "b" }), [
    "old",
    "newValue",
  ]);
  const ordinary: readonly Readonly<Record<string, unknown>>[] = [
    { name: "max_tokens", value: 3 },
    { label: "password", value: "x" },
    { name: 3, value: "x" },
    { value: "password" },
    { name: "password-store", from: "1.0.0", to: "2.0.0" },
  ];
  for (const object of ordinary) {
    assertEquals(valuesOf(object), [], Deno.inspect(object));
  }
});

Deno.test("findSecretItems() distinguishes pairs and headers from lists of names", () => {
  const inList = { isInList: true };
  assertEquals(itemsOf(["password", "x"], inList), ["x"]);
  assertEquals(itemsOf(["a", "b", "authorization", "Token x"]), ["Token x"]);
  assertEquals(itemsOf(["set-cookie", "sid=x"]), ["sid=x"]);
  assertEquals(itemsOf(["config_keys", "x"], inList), []);
  assertEquals(itemsOf(["password", "email", "name"], inList), []);
  assertEquals(itemsOf(["password", "email"]), []);
  assertEquals(itemsOf(["Authorization", "Accept"]), []);
});

Deno.test("findSecretItems() reads lists of headers as names and values", () => {
  const headers = ["Host", "x.example", "X-Api-Key", "hush-99"];
  assertEquals(itemsOf(headers), ["hush-99"]);
  assertEquals(itemsOf(["api-key", "hush"], { key: "rawHeaders" }), ["hush"]);
  assertEquals(itemsOf(["Accept", "*/*", "Private-Token", "a b"]), ["a b"]);
  for (
    const names of [
      ["X-Api-Key", "X-Request-Id"],
      ["Authorization", "Content-Type", "X-Api-Key", "Accept"],
      ["api_key", "model", "password", "depth"],
      ["X-Api-Key", "v", "odd"],
    ]
  ) assertEquals(itemsOf(names), [], names.join());
});

Deno.test("findSecretItems() reads lists of arguments as a command line", () => {
  const secret: readonly (readonly [readonly unknown[], string?])[] = [
    [["tool", "--password", "hunter2", "--verbose"]],
    [["--api-key", "hunter2"]],
    [["-token", "hunter2", "x"]],
    [["curl", "-u", "ada:hunter2", "https://h/"], "ada:hunter2"],
    [["sshpass", "-p", "hunter2", "ssh", "h"]],
    [["/usr/bin/redis-cli", "-h", "h", "-a", "hunter2", "ping"]],
    [["docker", "login", "-u", "ada", "-p", "hunter2"]],
    [["mysql", "-u", "root", "-phunter2"], "-phunter2"],
    [["--passphrase", "two words"], "two words"],
  ];
  for (const [items, wanted = "hunter2"] of secret) {
    assertEquals(itemsOf(items), [wanted], items.join(" "));
  }
  assertEquals(itemsOf(["--pin", 12345678]), [12345678]);
  const command = { key: "args", command: "sshpass" };
  assertEquals(itemsOf(["-p", "hunter2", "ssh"], command), ["hunter2"]);
  const ordinary = [
    ["docker", "run", "-u", "1000:1000", "-p", "80:80", "img"],
    ["--token-count", "5", "--password-file", "/run/x", "--verbose"],
    ["--password", "--verbose"],
    ["--password", "${DB_PASSWORD}"],
    ["--token=hunter2", "x"],
    ["-p", "8080", "-u", "ada"],
    ["allow-net", "token", "x"],
    ["--verbose", ""],
  ];
  for (const items of ordinary) assertEquals(itemsOf(items), [], items.join());
});

Deno.test("findSecretItems() takes linear time", () => {
  const items = Array.from(
    { length: 50_000 },
    (_, index) => index % 2 === 0 ? "--token" : `value-${index}`,
  );
  const began = performance.now();
  assertEquals(itemsOf(items).length, 25_000);
  assert(performance.now() - began < 5_000);
});

Deno.test("isSecretMap() recognizes maps of secrets", () => {
  const names = [
    ...["secrets", "passwords", "api_keys", "appSecrets", "github_tokens"],
    ...["keys", "config_keys", "tokens", "credentials", "secret", "cookies"],
  ];
  assertEquals(names.filter(isSecretMap), names.slice(0, 5));
});

Deno.test("isNameInMap() distinguishes names of secrets from settings of the map", () => {
  const names = [
    ...["db", "root", "openai", "provider", "path", "has_db", "vault"],
    ...["user", "username", "usernames", "region", "project", "namespace"],
    "engine",
  ];
  assertEquals(names.filter(isNameInMap), names.slice(0, 3));
  const services = ["monitor", "tracker", "region_eu", "events", "tools"];
  assertEquals(services.filter(isNameInMap), services);
});
