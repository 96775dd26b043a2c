import { assert, assertEquals } from "@std/assert";
import {
  isCredential,
  maskCredentials,
} from "../../src/secrets/credentials.ts";
import { TOKEN_FORMS } from "../../src/secrets/tokens.ts";
import masking from "../vectors/masking.json" with { type: "json" };
import forms from "../vectors/token_forms.json" with { type: "json" };

Deno.test("maskCredentials() masks secrets that leaked from other projects, and keeps the rest", async (t) => {
  for (const { source, text, leak, keep } of masking) {
    if (text === undefined) continue;
    await t.step(`${source}: ${text}`, () => {
      const masked = maskCredentials(text);
      for (const part of leak) assert(!masked.includes(part), masked);
      for (const part of keep) assert(masked.includes(part), masked);
      if (leak.length === 0) assertEquals(masked, text);
    });
  }
});

Deno.test("maskCredentials() keeps texts that only resemble a secret", async (t) => {
  const others = [
    "arn:aws:sns:eu-west-1:123456789012:Application-Dead-Letter-Topic-12345",
    "io.jsonwebtoken:jjwt-api:0.11.2",
    "org.acme.token:core-2.4.1-beta",
    "com.auth0:java-jwt:4.4.0",
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf",
    "existingSecret: my-release-postgresql",
    "image: ghcr.io/external-secrets/external-secrets:v0.9.9",
    "bitnami/sealed-secrets:0.24.5-debian12",
    "registry.example.org:5000/auth/app-token:1.15.2",
    "credentials: include",
    "pkg:npm/jsonwebtoken@9.0.2",
    "secretKey: POSTGRES_USER_NAME",
    "token.example.com:8443",
    "docker run --user 1000:1000 -p 8080:80 -w /srv image",
    "ssh deploy@10.0.0.1 -p 2222",
    "mysql -h db -P 3306 -u app shop",
    "grep -a x -p y; sort -u z",
    "git config set core.editor vim",
    "git config set user.name token",
    "openssl x509 -in a.pem -text",
    "sk-learn-pipeline-runner",
    "hf_hub_download",
    "v1.0-rc.1",
    "s.Substring(12)",
    "$6$ and $1$ are prices",
    "x += y; a ?= b; c ||= d",
    '<add key="Color" value="red" />',
    "postgres://ada@db.example.com:5432/app",
    "http://[::1]:8080/@ada",
    "npm:@acme/secret-manager@^1.2.0",
  ];
  for (const text of [...forms.not_secrets, ...others]) {
    await t.step(text, () => {
      assertEquals(maskCredentials(text), text);
      assert(!isCredential(text));
    });
  }
});

Deno.test("the table of forms has every public prefix", () => {
  const known = TOKEN_FORMS.flatMap(({ prefixes }) => prefixes);
  // These are told by their middle, or described in words.
  const others =
    /^<|^three|^FFFF|^s\.|^v1\.0-|^API-|^sk\.|^ops_|^pscale_|^gh\[/;
  for (const [vendor, prefixes] of Object.entries(forms.prefixes)) {
    for (const prefix of prefixes.filter((one) => !others.test(one))) {
      assert(
        known.some((one) => one.startsWith(prefix)),
        `${vendor} ${prefix}`,
      );
    }
  }
});

Deno.test("maskCredentials() masks a token whole, to its last character", () => {
  const mixed = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6";
  const hex = "0123456789abcdef";
  const tokens = [
    `ghp_aB3dE6gH_jK2mN5pQ8sT1vW4yZ7bC0eF3hI6`,
    `ops_eyJ${mixed}+/${mixed}==`,
    `pscale_tkn_${mixed}=${mixed}=`,
    `${mixed.slice(0, 14)}.atlasv1.${mixed}${mixed}`,
    `s.${mixed.slice(0, 24)}`,
    `${hex}${hex}FFFFNRAL`,
    `v1.0-${hex}${hex.slice(0, 8)}-${hex.repeat(9)}aa`,
    `API-${mixed.toUpperCase().slice(0, 26)}`,
    `sk.eyJ1Ijoi${mixed}.${mixed}`,
    `MTIzNDU2Nzg5MDEyMzQ1Njc4.Gh3kLm.${mixed.slice(0, 30)}`,
    `sgp_${hex}_${hex}${hex}`,
    `A3-ABCDEF-ABCDEFGHIJK-ABCDE-ABCDE-ABCDE`,
    `pbkdf2_sha256$600000$${mixed.slice(0, 22)}$${mixed}=`,
    `{SSHA}${mixed}==`,
    `$y$j9T$${mixed.slice(0, 22)}$${mixed}${mixed.slice(0, 7)}`,
  ];
  for (const token of tokens) {
    assertEquals(maskCredentials(`x ${token}, y`), "x [REDACTED], y");
    assertEquals(maskCredentials(`"${token}"`), '"[REDACTED]"');
  }
});

Deno.test("maskCredentials() masks secrets in command lines and assignments", () => {
  const s = "canary9Xk2";
  const texts = [
    ...forms.syntaxes.map((text) => text.replace("SECRET", s)),
    `x_token := "${s}"`,
    `DB_PASSWORD ||= '${s}'`,
    `config["api_key"] += "${s}"`,
    `settings[:x]["db_password"] = "${s}"`,
    `<property name="db.password" value="${s}"/>`,
    `sshpass -p ${s} scp a b`,
    `mongosh --host db -u app -p ${s} shop`,
    `mysql -uapp -p${s} shop`,
    `mysqldump --host=db -p'${s}' shop`,
    `ldapsearch -x -w ${s} -b dc=x`,
    `docker login -u app -p ${s} r.example`,
    `helm registry login -u app -p "${s}" r.example`,
    `sqlcmd -S db -U sa -P ${s}`,
    `unzip -P ${s} a.zip`,
    `smbclient -U 'app%${s}' //db/x`,
    `htpasswd -bc file app ${s}`,
    `echo "${s}" | docker login --password-stdin r.example`,
    `printf '%s' ${s} | gh auth login --with-token`,
    `docker login --password-stdin <<< "${s}"`,
    `consul -token ${s} members`,
    `aws configure set aws_secret_access_key ${s}`,
    `npm config set //registry.example/:_authToken ${s}`,
    `7z a -p${s} a.7z b`,
    `openssl enc -aes-256-cbc -k ${s} -in a`,
    `postgres://app:p@ss:w/${s}@db:5432/app`,
  ];
  for (const text of texts) {
    const masked = maskCredentials(text);
    assert(!masked.includes("canary"), masked);
    assert(masked.includes("[REDACTED]"), masked);
  }
  // The rest of the line stays.
  assertEquals(
    maskCredentials(`redis-cli -h cache -a ${s} -n 2 ping && ls`),
    "redis-cli -h cache -a [REDACTED] -n 2 ping && ls",
  );
});
