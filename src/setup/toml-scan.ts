/** A `[table]` or `[[table]]` line; the offsets take in the whole line. */
export interface TomlHeader {
  readonly kind: "header";
  readonly path: readonly string[];
  readonly start: number;
  readonly end: number;
}

/** A `key = value` with its own line or lines; `path` counts from the root, `table` is the header that it stands under. */
export interface TomlPair {
  readonly kind: "pair";
  readonly path: readonly string[];
  readonly table: readonly string[];
  readonly start: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly end: number;
}

export type TomlStatement = TomlHeader | TomlPair;

/** The statements of a text that a parser has found to be valid TOML, with their places. */
export function scanToml(text: string): readonly TomlStatement[] {
  const statements: TomlStatement[] = [];
  let table: readonly string[] = [];
  let at = 0;
  while ((at = nextStatement(text, at)) < text.length) {
    const start = lineStart(text, at);
    if (text[at] === "[") {
      const key = readKey(text, text[at + 1] === "[" ? at + 2 : at + 1);
      table = key.path;
      at = lineEnd(text, key.end);
      statements.push({ kind: "header", path: table, start, end: at });
      continue;
    }
    const key = readKey(text, at);
    const valueStart = skip(text, key.end + 1, BLANK);
    const valueEnd = endOfValue(text, valueStart);
    at = lineEnd(text, valueEnd);
    statements.push({
      kind: "pair",
      path: [...table, ...key.path],
      table,
      start,
      valueStart,
      valueEnd,
      end: at,
    });
  }
  return statements;
}

/** The number of the line in which an offset lies, from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

const BLANK = /[ \t]/;
const SPACE = /[ \t\r\n]/;
const BARE_KEY = /[A-Za-z0-9_-]/;

function skip(text: string, from: number, what: RegExp): number {
  let at = from;
  while (at < text.length && what.test(text.charAt(at))) at += 1;
  return at;
}

function nextStatement(text: string, from: number): number {
  let at = skip(text, from, SPACE);
  while (text[at] === "#") at = skip(text, lineEnd(text, at), SPACE);
  return at;
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

/** Behind the line break that ends this line. */
function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end + 1;
}

/** A dotted key; `end` is the first character behind it and the blanks that follow. */
function readKey(text: string, from: number): { readonly path: readonly string[]; readonly end: number } {
  const path: string[] = [];
  let at = from;
  for (;;) {
    at = skip(text, at, BLANK);
    const quote = text[at];
    const end = quote === '"' || quote === "'" ? endOfString(text, at) : skip(text, at, BARE_KEY);
    path.push(keyPart(text.slice(at, end)));
    at = skip(text, end, BLANK);
    if (text[at] !== ".") return { path, end: at };
    at += 1;
  }
}

function keyPart(part: string): string {
  if (part.startsWith("'")) return part.slice(1, -1);
  if (!part.startsWith('"')) return part;
  // TOML's escapes are JSON's and a few more, which no name that is looked for here has.
  try {
    return String(JSON.parse(part));
  } catch {
    return part;
  }
}

function endOfString(text: string, start: number): number {
  const quote = text.charAt(start);
  const fence = text.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote;
  let at = start + fence.length;
  while (at < text.length && !text.startsWith(fence, at)) {
    at += quote === '"' && text[at] === "\\" ? 2 : 1;
  }
  at += fence.length;
  // A multi-line string may end with one or two quotes of its own before the fence.
  while (fence.length === 3 && text[at] === quote) at += 1;
  return at;
}

function endOfValue(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"' || character === "'") at = endOfString(text, at);
    else if (character === "#" && depth > 0) at = lineEnd(text, at);
    else if (depth === 0 && /[#\n]/.test(character)) break;
    else {
      depth += "[{".includes(character) ? 1 : "]}".includes(character) ? -1 : 0;
      at += 1;
    }
  }
  return start + text.slice(start, at).trimEnd().length;
}
