import { isSecretValue, looksRandom } from "./named-values.ts";
import { VENDOR_KEYS } from "./vendor-keys.ts";

/** Stands where a secret stood. */
export const REDACTED = "[redacted]";

type Rule = (text: string) => string;

const KEY_KIND = "[A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?";
/** A private key to its end; where that is missing, as far as its lines go. */
const PRIVATE_KEY = new RegExp(
  `-----BEGIN ${KEY_KIND}-----(?:[^]{0,16384}?-----END ${KEY_KIND}-----|(?:(?:\\s|\\\\[nr])+(?:[\\w-]{1,40}: [^\\n]*|[A-Za-z0-9+/=]{16,}))*(?:(?:\\s|\\\\[nr])+[A-Za-z0-9+/=]+$)?)`,
  "g",
);
const PRIVATE_KEY_END = new RegExp(`-----END ${KEY_KIND}-----`);
const PASSWORD_IN_URL =
  /(\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@"'`<>]{0,200}):(?!\d{1,5}(?:[/\s"'`]|$))[^\s"'`<>]{1,500}@/gi;
const USER_IN_URL = /(\bhttps?:\/\/)[^\s:/@?#"'`<>]{1,500}@/gi;
const HEADER =
  /\b((?:proxy-)?authorization|set-cookie2?|cookie|x-[a-z-]{0,30}(?:key|token|auth|secret)[a-z-]{0,30})(\\?["'`]?\s{0,5}:\s{0,5}\\?["'`]?)(?=[^\s"'`])([^\n"'`\\]+)/gi;
const SCHEME = /(\b(?:bearer|basic|token|apikey)\s{1,5})([A-Za-z0-9._~+/=-]{8,})/gi;
const CURL_USER = /(\s(?:-u|--user|--proxy-user)[ =]?["']?[^\s:"']{1,100}):[^\s"']+/g;
const LOGIN = /(\blogin\b[^\n]{0,200}?\s-p[ =]?)(?!assword)[^\s"']+/gi;
const SECRET_NAME =
  "pass(?![a-z])|passw|passphrase|passcode|pwd|secret|credential|key|token|auth|cookie|signature|sig|jwt|dsn|connection";
const FLAG = new RegExp(
  `((?:^|\\s)--?([\\w-]{0,40}(?:${SECRET_NAME})[\\w-]{0,40})[ =])("[^"\\n]*"|'[^'\\n]*'|[^\\s"'\`]+)`,
  "gi",
);
const NAMED = new RegExp(
  `(\\b([\\w.-]{0,60}?(?:${SECRET_NAME})[\\w.-]{0,40})(?:\\\\?["'\`]\\]?)?(?:\\s{0,5}(?::\\s{0,5}[\\w<>[\\]|. ]{1,40}?=|=>|[:=]{1,3})[ \\t]{0,5}|[ \\t]{1,5}(?=\\\\?["'])))` +
    `(\\[redacted\\][^\\s,;"'\`)\\]}<>]*|\\\\"[^"\\n]*?\\\\"|"(?:[^"\\\\\\n]|\\\\.)*"|'(?:[^'\\\\\\n]|\\\\.)*'|\`[^\`\\n]*\`|(?:[^\\s,;"'\`)\\]}<>]|,(?=[^\\s"'\`]))+)`,
  "gi",
);
const SAID =
  /(\b(?:pass(?:word|phrase|code)|token|secret|api[ _-]?key)\s{1,5}(?:is|was)\s{0,5}:?\s{1,5}["'`]?)([^\s"'`]{4,})/gi;
const TAGGED = new RegExp(`(<([\\w:.-]{0,40}(?:${SECRET_NAME})[\\w:.-]{0,40})>)([^<>\\n]+)(?=</)`, "gi");
const ENV_LINE =
  /^(\s{0,8}(?:export\s{1,4}|set\s{1,4})?[A-Z][A-Z0-9_]{1,80}=)("[^"\n]*"|'[^'\n]*'|[^\s"'][^\s]*)(?=\s{0,8}(?:#[^\n]*)?$)/gm;
/** A password may have anything in it, blanks too: its line goes to the end. */
const PASSWORD_LINE =
  /^(\s{0,40}(?:export\s|set\s|-\s)?([\w.-]{0,60}(?:pass(?:w|phrase|code|(?![a-z]))|pwd|secret|credential)[\w.-]{0,40})\s?[:=]\s?)([^\s"'`=>][^\n]*)$/gim;
/** Values of an environment that tell nothing: switches, small numbers, modes, languages. */
const HARMLESS =
  /^["']?(?:true|false|yes|no|on|off|null|none|\d{1,5}|production|development|test|testing|staging|local|localhost|debug|info|warn|error|[a-z]{2}_[A-Z]{2}(?:\.UTF-8)?|C(?:\.UTF-8)?|UTC)?["']?$/i;

/** In this order: what is known by its form first, what only its name gives away last. */
const RULES: readonly Rule[] = [
  (text) => text.replaceAll(PRIVATE_KEY, REDACTED),
  withoutKeyEnd,
  (text) => text.replaceAll(PASSWORD_IN_URL, `$1:${REDACTED}@`),
  (text) => text.replaceAll(USER_IN_URL, `$1${REDACTED}@`),
  ...VENDOR_KEYS.map(
    (pattern): Rule =>
      (text) =>
        text.replaceAll(pattern, REDACTED),
  ),
  (text) => text.replaceAll(HEADER, `$1$2${REDACTED}`),
  (text) =>
    text.replaceAll(SCHEME, (whole: string, before: string, value: string) =>
      looksRandom(value) || (/^bearer/i.test(before) && value.length >= 20) ? before + REDACTED : whole,
    ),
  (text) => text.replaceAll(CURL_USER, `$1:${REDACTED}`),
  (text) => text.replaceAll(LOGIN, `$1${REDACTED}`),
  (text) => redactNamed(text, FLAG),
  (text) => redactNamed(text, PASSWORD_LINE),
  (text) =>
    text.replaceAll(ENV_LINE, (whole: string, before: string, value: string) =>
      HARMLESS.test(value) ? whole : `${before}${REDACTED}`,
    ),
  (text) => redactNamed(text, NAMED),
  (text) => redactNamed(text, TAGGED),
  (text) =>
    text.replaceAll(SAID, (whole: string, before: string, value: string) =>
      /["'`]$/.test(before) || /[\d!@#$%^&*]/.test(value) ? before + REDACTED : whole,
    ),
];

/**
 * The text with `[redacted]` where a secret stood: keys of the vendors, private keys, passwords in URLs, authorization
 * headers and cookies, lines of an environment file, values behind names such as `api_key` or `password`. What cannot
 * be told from an ordinary word by its form or its name stays. Redacting twice changes nothing.
 */
export function redact(text: string): string {
  for (let before = text; ;) {
    const after = RULES.reduce((sum, rule) => rule(sum), before);
    if (after === before) return after;
    before = after;
  }
}

/**
 * Redacts the values behind names that call for it. A pattern has the name and what stands before the value in its first
 * group, the name alone in its second, the value in its third. A value that stays may itself be a name with a value.
 */
function redactNamed(text: string, pattern: RegExp): string {
  const parts: string[] = [];
  let kept = 0;
  const search = new RegExp(pattern);
  for (let match = search.exec(text); match !== null; match = search.exec(text)) {
    const [whole, before = "", name = "", value = ""] = match;
    const instead = redactedValue(name, value);
    if (instead === value) search.lastIndex = match.index + before.length;
    else {
      parts.push(text.slice(kept, match.index), before, instead);
      kept = match.index + whole.length;
    }
  }
  return kept === 0 ? text : parts.join("") + text.slice(kept);
}

function redactedValue(name: string, value: string): string {
  // What was known by its form may have been a part of it only.
  if (value.startsWith(REDACTED)) return REDACTED;
  if (!isSecretValue(name, value)) return value;
  const [, open = "", close = ""] = /^(\\?["'`])?[^]*?(\\?["'`])?$/.exec(value) ?? [];
  return `${open}${REDACTED}${close}`;
}

/** A private key whose beginning is missing: the lines of it before its end. */
function withoutKeyEnd(text: string): string {
  const found = PRIVATE_KEY_END.exec(text);
  if (found === null) return text;
  const lines = text.slice(0, found.index).split("\n");
  const isKey = (line: string) => /^\s*(?:[A-Za-z0-9+/=]{2,}\s*)?$/.test(line);
  const first = lines.findLastIndex((line) => !isKey(line)) + 1;
  const kept = lines.slice(0, first).map((line) => `${line}\n`);
  return `${kept.join("")}${REDACTED}${withoutKeyEnd(text.slice(found.index + found[0].length))}`;
}
