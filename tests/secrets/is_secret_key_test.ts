import { assert, assertEquals, assertFalse } from "@std/assert";
import { isSecretKey } from "../../src/secrets/secret_names.ts";

const SECRET: Readonly<Record<string, string>> = {
  "passwords": `
    password passwd pass pwd pw passphrase passcode dbPassword dbPw db_pw
    DB_PASS MYSQL_PWD PGPASSWORD smtp_pass userPwd bindpw rootPw newPassword
    password2 passwordConfirm password_confirmation currentPassword keyPassword
    keystorePassword trust_store_password htpasswd sshpass db.password
    my-password pass_word passWord pass-phrase masterPassword passwordHash
    password_hash passwordValue user[password]`,
  "secrets and tokens": `
    secret secrets client_secret clientSecret app_secret secretKey
    secret_key_base tokenSecret webhook_secret secret_id secretValue token
    access_token accessToken refresh_token id_token bearer_token bearerToken
    auth_token authToken oauth_token oauth2Token session_token csrf_token
    csrfToken XSRF-TOKEN x-vault-token PRIVATE-TOKEN bot_token deploy_token
    access_tokens refreshTokens github_tokens accesstoken clientsecret
    X-Amz-Security-Token token_value jwt jwtSecret jwts app_jwt jwt_signing`,
  "keys of a kind that is secret": `
    api_key apiKey API-KEY APIKey apikey api_keys apiKeys x-api-key X-API-Key
    api_key_1 apiKey2 apiKeyV2 userAPIkey private_key privateKey privateKeyPem
    private_keys access_key accessKey access_key_id aws_access_key_id
    AWS_SECRET_ACCESS_KEY secret_access_key signing_key signingKey
    encryption_key encryptionKey decryption_key ssh_key ssh_private_key
    account_key accountKey storage_account_key shared_access_key shared_key
    master_key license_key session_key service_account_key subscription_key
    Ocp-Apim-Subscription-Key x-functions-key hmac_key fernetKey consumer_key
    openai_key openaiKey OPENAI_API_KEY stripe_key maps_key app_key
    vault_unseal_keys pem_key wrapping_key preshared_key wifi_psk`,
  "headers and sessions": `
    authorization Authorization Proxy-Authorization auth _auth basicAuth
    http_auth auth_header authHeader cookie cookies Cookie set-cookie
    Set-Cookie setCookie session_cookie session_id sessionId SESSIONID
    PHPSESSID connect.sid bearer`,
  "places with a secret in them": `
    connection_string connectionString ConnectionStrings connStr conn_str dsn
    SENTRY_DSN webhook_url webhookUrl slack_webhook webhook signed_url
    presignedUrl sas_url sas_token sas shared_access_signature
    X-Amz-Signature`,
  "codes and what makes keys": `
    otp totp otp_code pin pin_code cvv cvc recovery_code recoveryCodes
    backup_codes auth_code authorization_code device_code verification_code
    security_code code_verifier client_assertion saml_assertion salt
    password_salt pepper mnemonic seed_phrase recovery_phrase pfx pat GH_PAT
    credentials credential cred creds db_credentials dbCreds DB_CREDS passkey`,
  "what may stand under a key of data, and in no variable": `
    password_history password_change secret_bundle otp_digits token_event
    secret_settings support_password no_reply_token encryption_primary_key`,
  "what is written oddly": `
    tOkEn PaSsWoRd aPiKeY paßword ſecret ｐassword APİ_KEY pass\u200bword`,
};

const ORDINARY: Readonly<Record<string, string>> = {
  "the ones that substrings lose": `
    config_keys custom_key keys author authors authority keyword keywords
    max_tokens maxTokens compass bypass surpass access accessed accessed_at
    accessor accessibility monkey turkey keyboard tokenizer tokenizers
    secretary passenger passed passing passthrough spinner opinion pinned
    pattern path patch dispatch compat spatial salted basalt assassin sass
    dissent windsn authored credit accreditation pinecone keycloak hotkey
    keymap keystone keyring keystore keyof`,
  "keys that are places in a map": `
    key key_id kid key_name primary_key primaryKey foreign_key sort_key
    partition_key cache_key object_key idempotency_key lookup_key config_key
    s3_key translation_key public_key publicKey public_keys ssh_public_key
    project_key site_key kms_key cert_key key_count keypress`,
  "tokens that are counted or read": `
    tokens token_count tokenCount token_limit total_tokens prompt_tokens
    completion_tokens input_tokens output_tokens num_tokens n_tokens
    tokens_per_second token_type tokenType token_usage token_budget eos_token
    bos_token pad_token stop_token next_page_token nextToken page_token
    stop_tokens token_ids token_embeddings max_token cost_per_token`,
  "what is only about a secret": `
    token_expires_at tokenExpiry token_url token_endpoint
    token_endpoint_auth_method tokenTtl password_policy passwordPolicy
    password_length password_min_length password_changed_at has_password
    hasPassword is_secret requires_auth require_password no_password
    passwordless pass_through pass_rate first_pass_rate secret_name
    secretName secret_version cookie_name cookieDomain cookie_max_age
    cookies_enabled auth_method authMethod auth_type authMode auth_provider
    auth_enabled authenticated authenticator authorized authorizedUsers
    authorization_url authorization_endpoint oauth oauth_provider oauthScopes
    jwt_issuer jwtAlgorithm webhook_id webhook_events credentials_provider
    api_key_env apiKeyEnv password_env api_key_name api_key_header
    api_key_id private_key_path password_file credentialsFile secretsManager
    salt_rounds otp_enabled pin_count sas_expiry`,
  "programs and what they are told": `
    token_counter token-counter api_key_rotator secretScanner jwt_leeway
    cookie_samesite password_complexity basic_auth_user public_signing_key
    secure_cookie xdg_session_id token_time_zone`,
  "the fields of an event": `
    plugin_id action plugin_type version entry_point timestamp level message
    error code status duration_ms config user username email id name model
    url uri database_url redis_url host port license homepage description
    session session_type signature checksum hash digest nonce seed iv
    certificate cert fingerprint private is_private response answer account
    account_id country_code status_code barcode encoding material connection`,
};

function namesOf(text: string): string[] {
  return text.trim().split(/\s+/);
}

Deno.test("isSecretKey() returns true for names of secrets", async (t) => {
  for (const [what, text] of Object.entries(SECRET)) {
    await t.step(what, () => {
      const missed = namesOf(text).filter((name) => !isSecretKey(name));
      assertEquals(missed, []);
    });
  }
});

Deno.test("isSecretKey() returns false for names that only resemble those of secrets", async (t) => {
  for (const [what, text] of Object.entries(ORDINARY)) {
    await t.step(what, () => {
      const caught = namesOf(text).filter((name) => isSecretKey(name));
      assertEquals(caught, []);
    });
  }
});

Deno.test("isSecretKey() returns false for names without letters", () => {
  for (const name of ["", "_", "123", "🔑", "\0", "\ud800", "__proto__"]) {
    assertFalse(isSecretKey(name), JSON.stringify(name));
  }
});

Deno.test("isSecretKey() reads the ends of a name of a million characters", () => {
  const long = "a_".repeat(500_000);
  assert(isSecretKey(`password_${long}`));
  assert(isSecretKey(`${long}password`));
  assertFalse(isSecretKey(long));
});
