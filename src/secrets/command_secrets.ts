/**
 * Secrets on command lines whose flag is one letter, so that only the command
 * says what it is: `sshpass -p x`, `redis-cli -a x`.
 *
 * @module
 */

import { isPlaceholder, REDACTED } from "./redaction.ts";

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
 *
 * @param text The text.
 * @returns The text without them.
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
