import { isPlaceholder, REDACTED } from "./redaction.ts";
import { isSecretKey } from "./secret_names.ts";

/** The commands, and the letter of the flag; the sources are their manual pages. */
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

// The flag is within the command: no newline and no other command before it.
const WITHIN = "[^\\n|;&]{0,300}?[ \\t]-";
const VALUE = "([ \\t]{1,4}[\"']?)([^\\s\"'|;&<>-][^\\s\"'|;&<>]*)";

// What `docker run -p 80:80` and `helm -p` mean by it is no password.
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

// As MySQL and archivers have it: the value follows the letter at once.
const MYSQL_REGEXP =
  /(?<![\w-])((?:mysql|mysqldump|mysqladmin|mysqlimport|mariadb|mariadb-dump|7z|7za|7zz|rar|unrar)(?=[ \t])[^\n|;&]{0,300}?[ \t]-p["']?)([^\s"'|;&<>-][^\s"'|;&<>]*)/g;
const SMB_REGEXP =
  /(?<![\w-])((?:smbclient|rpcclient|smbmap)(?=[ \t])[^\n|;&]{0,300}?[ \t]-U[ \t]{0,4}["']?[^\s"'%]{1,64}%)([^\s"'|;&<>]+)/g;
const HTPASSWD_REGEXP =
  /(?<![\w-])(htpasswd[ \t]{1,4}(?:-[A-Za-z]{1,8}[ \t]{1,4}){0,4}-[A-Za-z]{0,8}b[A-Za-z]{0,8}(?:[ \t]{1,4}-[A-Za-z]{1,8}){0,4}[ \t]{1,4}\S{1,200}[ \t]{1,4}\S{1,64}[ \t]{1,4}["']?)([^\s"'|;&<>]+)/g;

// A text that is handed to a command which reads a secret.
const HERE_STRING_REGEXP =
  /((?:--with-token|--password-stdin|--token-stdin|[ \t]login)[^\n|;&<]{0,100}<<<[ \t]{0,4}["']?)([^\s"'|;&<>]+)/g;
const PIPED_REGEXP =
  /(?<![\w-])((?:echo|printf)[ \t]{1,4}(?:-[neE]{1,3}[ \t]{1,4})?(?:["']?%s(?:\\n)?["']?[ \t]{1,4})?["']?)([^\s"'|;&<>$]+)(?=["']?[ \t]{0,4}\|[ \t]{0,4}[^\n|;&]{0,200}(?:--password-stdin|--with-token|--token-stdin|--passphrase-fd|sudo[ \t]{1,4}-S))/g;

/**
 * Masks the values of one-letter flags that hold a secret, and texts that are
 * handed to a command which reads one.
 */
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

const FLAG_REGEXP =
  /(?<![\w-])(--?)([A-Za-z][\w-]{1,63})([ \t]{1,8}["']?)([^\s"'<>|;&-][^\s"']*)/g;
const USER_FLAG_REGEXP =
  /(?<![\w-])((?:-u|--user|--proxy-user)[ \t=]{0,8}["']?[^\s:"'=]{1,128}:)(?!\/\/)([^\s"']{1,})/g;
const SQL_REGEXP = /\b(identified by|password)(\s{1,8}["'])([^"']{1,})/gi;
const NETRC_REGEXP = /\b(login\s{1,8}\S{1,128}\s{1,8}password\s{1,8})(\S{1,})/g;
// `aws configure set aws_secret_access_key x`, `npm config set //host/:_authToken x`.
const CONFIG_SET_REGEXP =
  /(\bconfig(?:ure)? set [^\s"']{0,128}?([A-Za-z_][\w.-]{0,63})[ \t=]{1,4}["']?)([^\s"'-][^\s"']*)/g;
// `<add key="Password" value="x" />` of .NET, `<property name=… value=…>` of Java.
const ATTRIBUTES_REGEXP =
  /(<[A-Za-z][\w.:-]{0,63}[ \t][^<>]{0,200}?\b(?:key|name|id)[ \t]{0,4}=[ \t]{0,4}["']([^"'<>]{1,96})["'][^<>]{0,200}?\bvalue[ \t]{0,4}=[ \t]{0,4}["'])([^"'<>]+)(?=["'])/g;
const ELEMENT_REGEXP = /<([A-Za-z][\w.:-]{0,63})>([^<]{1,})(?=<\/)/g;

/**
 * Masks values of command line flags (`--password x`, `-u user:x`), of SQL
 * (`IDENTIFIED BY 'x'`), of netrc and of XML elements.
 */
export function maskStatements(text: string): string {
  let masked = text;
  if (masked.includes("-")) {
    masked = masked.replace(
      FLAG_REGEXP,
      (
        whole: string,
        dashes: string,
        name: string,
        space: string,
        value: string,
      ) =>
        isSecretKey(name) && !isPlaceholder(value)
          ? `${dashes}${name}${space}${REDACTED}`
          : whole,
    ).replace(
      USER_FLAG_REGEXP,
      (whole: string, user: string, value: string) =>
        // `docker run -u 1000:1000` names a user and a group.
        /[ \t=]["']?\d+:$/.test(user) && /^\d+$/.test(value)
          ? whole
          : `${user}${REDACTED}`,
    );
  }
  if (masked.includes("</")) {
    masked = masked.replace(
      ELEMENT_REGEXP,
      (whole: string, name: string, value: string) =>
        isSecretKey(name) && !isPlaceholder(value.trim())
          ? `<${name}>${REDACTED}`
          : whole,
    );
  }
  if (masked.includes(" set ")) {
    masked = masked.replace(
      CONFIG_SET_REGEXP,
      (whole: string, before: string, name: string, value: string) =>
        isSecretKey(name) && !isPlaceholder(value)
          ? `${before}${REDACTED}`
          : whole,
    );
  }
  if (masked.includes("=") && masked.includes("<")) {
    masked = masked.replace(
      ATTRIBUTES_REGEXP,
      (whole: string, before: string, name: string, value: string) =>
        isSecretKey(name) && !isPlaceholder(value)
          ? `${before}${REDACTED}`
          : whole,
    );
  }
  if (!/password|identified by/i.test(masked)) return masked;
  return masked.replace(SQL_REGEXP, `$1$2${REDACTED}`)
    .replace(NETRC_REGEXP, `$1${REDACTED}`);
}
