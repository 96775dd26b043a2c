/** Secrets in command lines, SQL, netrc files and XML. */

import { isPlaceholder, REDACTED } from "./redaction.ts";
import { isSecretKey } from "./secret_names.ts";

/** Commands and the letter of their secret flag, from their manual pages. */
const COMMANDS: readonly (readonly [commands: string, flag: string])[] = [
  ["sshpass", "p"],
  ["redis-cli|valkey-cli", "a"],
  ["mongo|mongosh|mongodump|mongorestore|mongoexport|mongoimport", "p"],
  ["docker|podman|buildah|skopeo|nerdctl|helm|oras|crane", "p"],
  ["ldapsearch|ldapadd|ldapmodify|ldapdelete|ldapwhoami|ldappasswd", "w"],
  ["sqlcmd|bcp|isql", "P"],
  ["rabbitmqadmin|clickhouse-client|cqlsh|az|oc", "p"],
  ["zip|unzip", "P"],
  ["openssl", "(?:k|K)"],
  ["expect-ssh|plink|pscp|psftp", "pw"],
  ["snmpget|snmpwalk|snmpset|snmpbulkwalk", "[AX]"],
  ["vncviewer|xfreerdp|rdesktop", "p"],
];

// The flag belongs to the command: no line break and no other command in between.
const WITHIN = "[^\\n|;&]{0,300}?[ \\t]-";
const VALUE = "([ \\t]{1,4}[\"']?)([^\\s\"'|;&<>-][^\\s\"'|;&<>]*)";

// `docker run -p 80:80` and `helm -p` take no password.
const LOGIN_REGEXP = /[ \t]login[ \t]/;
const NEEDS_LOGIN_REGEXP =
  /^(?:docker|podman|buildah|skopeo|nerdctl|helm|oras|crane|az|oc)$/;

let commandRegexp: RegExp | undefined;

function createCommandRegexp(): RegExp {
  const alternatives = COMMANDS.map(([commands, flag]) =>
    `(?:${commands})(?=[ \\t])${WITHIN}(?:${flag})`
  );
  return new RegExp(
    `(?<![\\w-])(${alternatives.join("|")})${VALUE}`,
    "g",
  );
}

// MySQL and archivers: the value follows the letter immediately.
const MYSQL_REGEXP =
  /(?<![\w-])((?:mysql|mysqldump|mysqladmin|mysqlimport|mariadb|mariadb-dump|7z|7za|7zz|rar|unrar)(?=[ \t])[^\n|;&]{0,300}?[ \t]-p["']?)([^\s"'|;&<>-][^\s"'|;&<>]*)/g;
const SMB_REGEXP =
  /(?<![\w-])((?:smbclient|rpcclient|smbmap)(?=[ \t])[^\n|;&]{0,300}?[ \t]-U[ \t]{0,4}["']?[^\s"'%]{1,64}%)([^\s"'|;&<>]+)/g;
const HTPASSWD_REGEXP =
  /(?<![\w-])(htpasswd[ \t]{1,4}(?:-[A-Za-z]{1,8}[ \t]{1,4}){0,4}-[A-Za-z]{0,8}b[A-Za-z]{0,8}(?:[ \t]{1,4}-[A-Za-z]{1,8}){0,4}[ \t]{1,4}\S{1,200}[ \t]{1,4}\S{1,64}[ \t]{1,4}["']?)([^\s"'|;&<>]+)/g;

// Text that is piped to a command which reads a secret.
const HERE_STRING_REGEXP =
  /((?:--with-token|--password-stdin|--token-stdin|[ \t]login)[^\n|;&<]{0,100}<<<[ \t]{0,4}["']?)([^\s"'|;&<>]+)/g;
const PIPED_REGEXP =
  /(?<![\w-])((?:echo|printf)[ \t]{1,4}(?:-[neE]{1,3}[ \t]{1,4})?(?:["']?%s(?:\\n)?["']?[ \t]{1,4})?["']?)([^\s"'|;&<>$]+)(?=["']?[ \t]{0,4}\|[ \t]{0,4}[^\n|;&]{0,200}(?:--password-stdin|--with-token|--token-stdin|--passphrase-fd|sudo[ \t]{1,4}-S))/g;

/** Masks the values of secret one-letter flags, and secrets piped to a command. */
export function maskCommands(text: string): string {
  commandRegexp ??= createCommandRegexp();
  const masked = text.replace(
    commandRegexp,
    (whole: string, before: string, space: string, value: string) => {
      const command = /^[\w-]+/.exec(before)?.[0] ?? "";
      const isOther = isPlaceholder(value) ||
        (NEEDS_LOGIN_REGEXP.test(command) && !LOGIN_REGEXP.test(before));
      return isOther ? whole : `${before}${space}${REDACTED}`;
    },
  );
  return [
    MYSQL_REGEXP,
    SMB_REGEXP,
    HTPASSWD_REGEXP,
    HERE_STRING_REGEXP,
    PIPED_REGEXP,
  ].reduce(
    (left, regexp) =>
      left.replace(
        regexp,
        (whole: string, before: string, value: string) =>
          isPlaceholder(value) ? whole : `${before}${REDACTED}`,
      ),
    masked,
  );
}

// Each has a name and, after it, a value.
const NAMED_VALUES: readonly (readonly [hint: string, pattern: RegExp])[] = [
  [ // `--password x`
    "-",
    /(?<![\w-])(--?([A-Za-z][\w-]{1,63})[ \t]{1,8}["']?)([^\s"'<>|;&-][^\s"']*)/g,
  ],
  [ // `<password>x</password>`
    "</",
    /(<([A-Za-z][\w.:-]{0,63})>)([^<]{1,})(?=<\/)/g,
  ],
  [ // `aws configure set aws_secret_access_key x`, `npm config set //host/:_authToken x`
    " set ",
    /(\bconfig(?:ure)? set [^\s"']{0,128}?([A-Za-z_][\w.-]{0,63})[ \t=]{1,4}["']?)([^\s"'-][^\s"']*)/g,
  ],
  [ // `<add key="Password" value="x" />` of .NET, `<property name=… value=…>` of Java
    "<",
    /(<[A-Za-z][\w.:-]{0,63}[ \t][^<>]{0,200}?\b(?:key|name|id)[ \t]{0,4}=[ \t]{0,4}["']([^"'<>]{1,96})["'][^<>]{0,200}?\bvalue[ \t]{0,4}=[ \t]{0,4}["'])([^"'<>]+)(?=["'])/g,
  ],
];

const USER_FLAG_REGEXP =
  /(?<![\w-])((?:-u|--user|--proxy-user)[ \t=]{0,8}["']?[^\s:"'=]{1,128}:)(?!\/\/)([^\s"']{1,})/g;
const SQL_REGEXP = /\b(identified by|password)(\s{1,8}["'])([^"']{1,})/gi;
const NETRC_REGEXP = /\b(login\s{1,8}\S{1,128}\s{1,8}password\s{1,8})(\S{1,})/g;

/**
 * Masks values of command line flags (`--password x`, `-u user:x`), of SQL
 * (`IDENTIFIED BY 'x'`), of netrc files and of XML.
 */
export function maskStatements(text: string): string {
  let masked = text;
  if (masked.includes("-")) {
    masked = masked.replace(
      USER_FLAG_REGEXP,
      (whole: string, user: string, value: string) =>
        // `docker run -u 1000:1000` names a user and a group.
        /[ \t=]["']?\d+:$/.test(user) && /^\d+$/.test(value)
          ? whole
          : user + REDACTED,
    );
  }
  for (const [hint, pattern] of NAMED_VALUES) {
    if (!masked.includes(hint)) continue;
    masked = masked.replace(
      pattern,
      (whole: string, before: string, name: string, value: string) =>
        isSecretKey(name) && !isPlaceholder(value.trim())
          ? before + REDACTED
          : whole,
    );
  }
  if (!/password|identified by/i.test(masked)) return masked;
  return masked.replace(SQL_REGEXP, `$1$2${REDACTED}`)
    .replace(NETRC_REGEXP, `$1${REDACTED}`);
}
