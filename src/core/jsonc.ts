/** A text that is no JSON of its dialect: what is wrong, and where, counted from 1. */
export class JsoncError extends Error {
  override readonly name = "JsoncError";
  readonly line: number;
  readonly column: number;

  constructor(message: string, line: number, column: number) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

/** What a reader of JSON takes beyond JSON itself. */
export interface JsonDialect {
  readonly comments: "allowed" | "refused";
  readonly trailingCommas: "allowed" | "refused";
}

export interface JsonNode {
  readonly start: number;
  readonly end: number;
  readonly value: unknown;
  /** Of an object: its members in their order. */
  readonly members: readonly JsonMember[] | null;
}

export interface JsonMember {
  readonly key: string;
  /** Where the token before it ends: a brace, a comma or a comment. */
  readonly after: number;
  readonly start: number;
  readonly node: JsonNode;
  /** The comma behind it. */
  readonly comma: number | null;
}

/**
 * Reads JSON with the places of every member.
 * @throws JsoncError
 */
export function parseJsonc(text: string, dialect: JsonDialect): JsonNode {
  const reader = new Reader(text, dialect);
  reader.space();
  const root = reader.value();
  reader.space();
  if (reader.at < text.length) reader.fail("something stands behind the end of the value");
  return root;
}

/** The end of the last token or comment before an offset; everything between is space. */
export function endBefore(text: string, offset: number): number {
  return text.slice(0, offset).trimEnd().length;
}

const SCALAR = /(?:"[^"\\\u0000-\u001f]*(?:\\.[^"\\\u0000-\u001f]*)*"|-?\d[\d.eE+-]*|true|false|null)/y;
const SPACE = /[ \t\r\n]*/y;
const COMMENT = /\/\/[^\r\n]*|\/\*[\s\S]*?\*\//y;

class Reader {
  readonly text: string;
  readonly dialect: JsonDialect;
  at = 0;

  constructor(text: string, dialect: JsonDialect) {
    this.text = text;
    this.dialect = dialect;
  }

  fail(what: string, at = this.at): never {
    const lines = this.text.slice(0, at).split("\n");
    throw new JsoncError(what, lines.length, (lines.at(-1) ?? "").length + 1);
  }

  /** Skips space and comments; gives where the last token or comment before has ended. */
  space(): number {
    let end = this.at;
    this.take(SPACE);
    while (this.text[this.at] === "/") {
      if (this.dialect.comments === "refused") this.fail("a comment, which this file's reader does not take");
      if (this.take(COMMENT) === null) this.fail("a comment that does not end");
      end = this.at;
      this.take(SPACE);
    }
    return end;
  }

  value(): JsonNode {
    const start = this.at;
    const opening = this.text[start];
    if (opening === "{") return this.object();
    if (opening === "[") return this.array();
    const value = this.scalar("a value is missing");
    return { start, end: this.at, value, members: null };
  }

  private object(): JsonNode {
    const start = this.at;
    const members: JsonMember[] = [];
    this.list("}", (after) => {
      const begin = this.at;
      const key = this.text[begin] === '"' ? this.scalar("a string that does not end") : null;
      if (typeof key !== "string") return this.fail("a name in double quotes is missing");
      this.space();
      if (this.text[this.at] !== ":") this.fail("`:` is missing");
      this.at += 1;
      this.space();
      const node = this.value();
      members.push({ key, after, start: begin, node, comma: this.commaAhead() });
    });
    // As defined properties: `__proto__` is a name like any other in JSON.
    const value = Object.fromEntries(members.map(({ key, node }) => [key, node.value]));
    return { start, end: this.at, value, members };
  }

  private array(): JsonNode {
    const start = this.at;
    const value: unknown[] = [];
    this.list("]", () => value.push(this.value().value));
    return { start, end: this.at, value, members: null };
  }

  /** What stands between brackets, item by item. */
  private list(closing: string, item: (after: number) => void): void {
    this.at += 1;
    let after = this.space();
    while (this.text[this.at] !== closing) {
      item(after);
      this.space();
      if (this.text[this.at] === closing) break;
      if (this.text[this.at] !== ",") this.fail(`\`,\` or \`${closing}\` is missing`);
      const comma = this.at;
      this.at += 1;
      after = this.space();
      const isTrailing = this.text[this.at] === closing;
      if (isTrailing && this.dialect.trailingCommas === "refused") this.fail("a comma before the end", comma);
    }
    this.at += 1;
  }

  private commaAhead(): number | null {
    const here = this.at;
    this.space();
    const comma = this.text[this.at] === "," ? this.at : null;
    this.at = here;
    return comma;
  }

  private scalar(missing: string): unknown {
    const start = this.at;
    const token = this.take(SCALAR);
    if (token === null) return this.fail(missing);
    try {
      return JSON.parse(token);
    } catch {
      return this.fail("not valid JSON", start);
    }
  }

  private take(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text)?.[0] ?? null;
    if (match !== null) this.at += match.length;
    return match;
  }
}
