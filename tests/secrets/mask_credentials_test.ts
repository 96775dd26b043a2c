import { assertEquals } from "@std/assert";
import { maskCredentials } from "../../src/secrets/credentials.ts";

type Table = Readonly<Record<string, string>>;

/** Checks what each text becomes, and that nothing more becomes of that. */
async function checkTable(t: Deno.TestContext, table: Table): Promise<void> {
  for (const [text, wanted] of Object.entries(table)) {
    await t.step(JSON.stringify(text).slice(0, 80), () => {
      assertEquals(maskCredentials(text), wanted);
      assertEquals(maskCredentials(wanted), wanted, "masking twice");
    });
  }
}

Deno.test("maskCredentials() masks user and password in URLs", async (t) => {
  await checkTable(t, {
    "postgres://u:p@db/app": "postgres://u:[REDACTED]@db/app",
    "redis://:pw@h:6379/0": "redis://:[REDACTED]@h:6379/0",
    "mongodb+srv://u:p%40x@h1,h2/db?w=1":
      "mongodb+srv://u:[REDACTED]@h1,h2/db?w=1",
    "http://u:p@h1 and ftp://x:y@[::1]:21":
      "http://u:[REDACTED]@h1 and ftp://x:[REDACTED]@[::1]:21",
    "<https://u:p@h/>, (https://u:p@h)":
      "<https://u:[REDACTED]@h/>, (https://u:[REDACTED]@h)",
    "postgres://u:p@ss@db/app": "postgres://u:[REDACTED]@db/app",
    "postgres://u:pa/s#s?@db/app": "postgres://u:[REDACTED]@db/app",
    "https://3f9c0ad1e5b24c6f8d7e@sentry.io/1":
      "https://[REDACTED]@sentry.io/1",
    "https://x-access-token:t0k3n@github.com":
      "https://x-access-token:[REDACTED]@github.com",
    "//u:p@host/path": "//u:[REDACTED]@host/path",
    "root:hunter2@tcp(127.0.0.1:3306)/db":
      "root:[REDACTED]@tcp(127.0.0.1:3306)/db",
    "ada:hunter2@proxy.local:8080": "ada:[REDACTED]@proxy.local:8080",
    "jdbc:oracle:thin:scott/tiger@h:1521:x":
      "jdbc:oracle:thin:scott/[REDACTED]@h:1521:x",
    "jdbc:postgresql://h/d?user=u&password=p":
      "jdbc:postgresql://h/d?user=u&password=[REDACTED]",
    "https://hooks.slack.com/services/T0/B0/abcdefgh":
      "https://hooks.slack.com/services/[REDACTED]",
    "https://discord.com/api/webhooks/123/abcdefghij":
      "https://discord.com/api/webhooks/123/[REDACTED]",
  });
});

Deno.test("maskCredentials() masks queries", async (t) => {
  await checkTable(t, {
    "https://h/x?access_token=abc&z=1":
      "https://h/x?access_token=[REDACTED]&z=1",
    "https://h/x?a=1&api_key=def#top": "https://h/x?a=1&api_key=[REDACTED]",
    "https://h/c?sv=1&sig=aB%2Fc1234567890%3D":
      "https://h/c?sv=1&sig=[REDACTED]",
    "https://h/?X-Amz-Signature=0123abcd&X-Amz-Date=1":
      "https://h/?X-Amz-Signature=[REDACTED]&X-Amz-Date=1",
    "otpauth://totp/x?secret=JBSWY3DP&issuer=y":
      "otpauth://totp/x?secret=[REDACTED]&issuer=y",
    "user[password]=abc&user[name]=x": "user[password]=[REDACTED]&user[name]=x",
  });
});

Deno.test("maskCredentials() masks headers", async (t) => {
  await checkTable(t, {
    "Authorization: Bearer x": "Authorization: Bearer [REDACTED]",
    "authorization: Basic dXNlcjpwYXNz": "authorization: Basic [REDACTED]",
    "Authorization: raw-value": "Authorization: [REDACTED]",
    "Authorization: Custom 4f5e6a": "Authorization: [REDACTED]",
    'Authorization: Digest username="a", response="b"':
      "Authorization: Digest [REDACTED]",
    "curl -H 'Authorization: Bearer abc' http://h":
      "curl -H 'Authorization: Bearer [REDACTED]' http://h",
    "GET /\r\nAuthorization: Token abc\r\nHost: h":
      "GET /\r\nAuthorization: Token [REDACTED]\r\nHost: h",
    "Proxy-Authorization: Basic abc": "Proxy-Authorization: Basic [REDACTED]",
    "Cookie: sid=abc; theme=dark": "Cookie: [REDACTED]",
    "Set-Cookie: sid=abc; Path=/; HttpOnly": "Set-Cookie: [REDACTED]",
    "X-API-Key: abc": "X-API-Key: [REDACTED]",
    '{"authorization":"Bearer abc"}': '{"authorization":"Bearer [REDACTED]"}',
    "Bearer abc": "Bearer [REDACTED]",
    "sent Bearer abc123xyz.": "sent Bearer [REDACTED]",
    "Basic dXNlcjpwYXNz": "Basic [REDACTED]",
    "authorization=Bearer abc": "authorization=Bearer [REDACTED]",
  });
});

Deno.test("maskCredentials() masks connection strings", async (t) => {
  await checkTable(t, {
    "Server=h;User Id=u;Password=p@ss, w0rd;Database=d":
      "Server=h;User Id=u;Password=[REDACTED];Database=d",
    "Server=h;Pwd=two words": "Server=h;Pwd=[REDACTED]",
    "Driver={x};PWD={se;cret};UID=u": "Driver={x};PWD=[REDACTED];UID=u",
    "Password=first one;Server=h": "Password=[REDACTED];Server=h",
    "AccountName=n;AccountKey=ab+/c==;EndpointSuffix=s":
      "AccountName=n;AccountKey=[REDACTED];EndpointSuffix=s",
    "Endpoint=sb://h/;SharedAccessKeyName=Root;SharedAccessKey=abc=":
      "Endpoint=sb://h/;SharedAccessKeyName=Root;SharedAccessKey=[REDACTED]",
    "h:6380,password=a,b,ssl=True": "h:6380,password=[REDACTED],ssl=True",
    "host=h user=u password=p dbname=d":
      "host=h user=u password=[REDACTED] dbname=d",
  });
});

Deno.test("maskCredentials() masks named values", async (t) => {
  await checkTable(t, {
    "password=hunter2": "password=[REDACTED]",
    "export DB_PASSWORD='a b'": "export DB_PASSWORD='[REDACTED]'",
    '{"password": "x", "user": "y"}': '{"password": "[REDACTED]", "user": "y"}',
    "{'password': 'it\\'s', 'a': 1}": "{'password': '[REDACTED]', 'a': 1}",
    '{\\"password\\":\\"x\\",\\"a\\":1}':
      '{\\"password\\":\\"[REDACTED]\\",\\"a\\":1}',
    '{"token":123,"a":1}': '{"token":[REDACTED],"a":1}',
    '{"secrets":["a","]"],"a":1}': '{"secrets":[REDACTED],"a":1}',
    "{ auth: { user: 'a', pass: 'b' } }": "{ auth: [REDACTED] }",
    "password: hunter2": "password: [REDACTED]",
    "password: swordfish\nuser: ada": "password: [REDACTED]\nuser: ada",
    "passphrase: correct horse battery": "passphrase: [REDACTED]",
    "//password:hunter2": "//password:[REDACTED]",
    "password => 'x'": "password => '[REDACTED]'",
    'token := "x"': 'token := "[REDACTED]"',
    "API key: abc123": "API key: [REDACTED]",
    "Secret Access Key: abc123": "Secret Access Key: [REDACTED]",
    "-Djavax.net.ssl.keyStorePassword=changeit -jar x":
      "-Djavax.net.ssl.keyStorePassword=[REDACTED] -jar x",
    "//registry.example/:_authToken=abc":
      "//registry.example/:_authToken=[REDACTED]",
    "x --password hunter2 --user y": "x --password [REDACTED] --user y",
    "x --api-key=abc": "x --api-key=[REDACTED]",
    "curl -u ada:hunter2 h": "curl -u ada:[REDACTED] h",
    "CREATE USER a IDENTIFIED BY 'x'":
      "CREATE USER a IDENTIFIED BY '[REDACTED]'",
    "machine h login u password p": "machine h login u password [REDACTED]",
    "<password>abc</password>": "<password>[REDACTED]</password>",
    'password="never ended': 'password="[REDACTED]',
    "paßword=hunter2": "paßword=[REDACTED]",
    "(token=abc), (x)": "(token=[REDACTED]), (x)",
  });
});

Deno.test("maskCredentials() masks private keys", async (t) => {
  const body = "MIIEvQIBADANBgkq\nhkiG9w0BAQ==";
  for (
    const kind of [
      "PRIVATE KEY",
      "RSA PRIVATE KEY",
      "EC PRIVATE KEY",
      "ENCRYPTED PRIVATE KEY",
      "OPENSSH PRIVATE KEY",
      "PGP PRIVATE KEY BLOCK",
    ]
  ) {
    const block = `-----BEGIN ${kind}-----\n${body}\n-----END ${kind}-----`;
    await t.step(kind, () => {
      assertEquals(maskCredentials(`a ${block} b`), "a [REDACTED] b");
      const escaped = block.replaceAll("\n", "\\n");
      assertEquals(maskCredentials(`a ${escaped}\\n b`), "a [REDACTED]\\n b");
      assertEquals(
        maskCredentials(`${block}\n${block}`),
        "[REDACTED]\n[REDACTED]",
      );
    });
  }
  await t.step("cut off", () => {
    const torn = `key -----BEGIN PRIVATE KEY-----\n${body}`;
    assertEquals(maskCredentials(torn), "key [REDACTED]");
  });
});

Deno.test("maskCredentials() keeps texts without a secret", async (t) => {
  const texts = [
    "",
    "a",
    "Loaded 3 plugins in 12 ms",
    "123e4567-e89b-12d3-a456-426614174000",
    "d670460b4b4aece5915caf5c68d12f560a9fe3e4",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha512-5aFVNTOEaGyTKyQlyjFI1FAZ8fTIQ2vGSmnqL3FfZuKpKWdqGXh8p9Azdp8N2MkIwyP1vYtOK9nfQk6jr6tRTw==",
    "2026-01-01T00:00:00.000Z",
    "task-force-one-two-three, disk-usage-of-the-volume",
    "sk-learn-classifier-pipeline",
    "text-embedding-3-small",
    "npm:zod@4.6.7 jsr:@std/assert@^1 npm:@scope/x@1",
    "npm_config_registry_url_setting_of_mine",
    "git@github.com:a/b.git ssh://git@github.com/x.git",
    "postgres://db/app postgres://user@db/app http://h:8080/p@x",
    "https://h/@scope/pkg file:///a/b@c mailto:a@b.c",
    "/usr/bin:/bin:/usr/local/sbin PATH=/usr/bin PWD=/home/ada",
    "src/components/Foo1/Bar2/Baz3/Qux4/Quux5",
    "C:\\Users\\ada\\keys",
    "12:30:45 a=b key: value keys=3 monkey=1",
    "author=bob keyword: x max_tokens=512 token_count: 12 primary_key=id",
    "https://h/?page_token=abc&key=1&code=404&sort_key=x",
    "bearer token required; Bearer authentication; basic understanding",
    'WWW-Authenticate: Basic realm="Secure Area"',
    "Unexpected token: } and Invalid token: expired",
    "password: must be at least 8 characters",
    "api_key: Invalid input: expected string, received undefined",
    "Authorization: denied for ada",
    "password=${DB_PASSWORD} token: <token> secret={{ secret }} pwd=***",
    "postgres://u:${PASSWORD}@h/d",
    '{"password":"","token":null,"secret":false,"auth":{}}',
    '"Enter the password: ", next',
    "http://auth:8080/path redis://token:6379",
    "at parse (file:///srv/auth/token.ts:12:5)",
    "api_key_env: OPENAI_API_KEY",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
    "eyJhbGciOiJIUzI1NiJ9",
    "--max-old-space-size=4096 --token-limit 5",
    "0123456789012345678901234567890123456789",
    "password=[REDACTED], token: [REDACTED].",
  ];
  for (const text of texts) {
    await t.step(JSON.stringify(text).slice(0, 80), () => {
      assertEquals(maskCredentials(text), text);
    });
  }
});

Deno.test("maskCredentials() keeps messages of this package, and masks secrets that they quote", async (t) => {
  const same = [
    'Cannot set up plugin "token-counter": Error: cannot reach the database',
    'Cannot use plugin "a" as "token": its type is "password"',
    'Cannot read source "npm:jwt-parser-token": no such module',
    'Cannot read plugin state "secrets.json": line 3 is not JSON',
    'Cannot write audit log "auth.log": ENOSPC: no space left',
    'permission net to "token-server:8080" is not granted',
    "Start the host with --allow-net=a.example,auth:8080,token-server:443",
  ];
  await checkTable(t, {
    ...Object.fromEntries(same.map((text) => [text, text])),
    'Cannot set up plugin "token-a": Error: password=hunter2 is wrong':
      'Cannot set up plugin "token-a": Error: password=[REDACTED] is wrong',
    'Cannot set up plugin "token-a": {"token": "hunter2"}':
      'Cannot set up plugin "token-a": {"token": "[REDACTED]"}',
    'invalid state "token": f4c7e2': 'invalid state "token": [REDACTED]',
    "--net=x token-server:8080 pin:8080":
      "--net=x token-server:[REDACTED] pin:[REDACTED]",
    '"token-server:8080"': '"token-server:[REDACTED]"',
  });
});
