import { isDeepStrictEqual } from "node:util";

import { parse, TomlError } from "smol-toml";

import { invalidSyntax, lineBreakOf, RefusedFile, spliced } from "./syntax.ts";
import { lineOf, scanToml, type TomlPair, type TomlStatement } from "./toml-scan.ts";

/** Values as this module writes them; `float` keeps its point, since Codex has ignored integers. */
export type TomlValue = string | boolean | readonly string[] | { readonly float: number };
export type TomlTable = Readonly<Record<string, TomlValue>>;
/** A table of the file: where it stands, from the root. */
export type TablePath = readonly [string, string];

type Parsed = Record<string, unknown>;

/** @throws RefusedFile with line and column */
export function parseToml(text: string): Parsed {
  try {
    return parse(text, { integersAsBigInt: true });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const what = error.message.split("\n")[0] ?? "not valid TOML";
    throw invalidSyntax(what, error.line, error.column);
  }
}

/** The values of a table as the file has them, however they are written; null when it is not there. */
export function tableIn(text: string, [parent, name]: TablePath): Parsed | null {
  const tables = parseToml(text)[parent];
  const table = isRecord(tables) && Object.hasOwn(tables, name) ? tables[name] : undefined;
  return table === undefined ? null : isRecord(table) ? table : {};
}

/**
 * The text with these values in the table: a table that is there keeps its comments, order and other keys, a new one goes to
 * the end. Nothing else changes.
 * @throws RefusedFile where that cannot be done
 */
export function withTable(text: string, path: TablePath, values: TomlTable): string {
  const before = tableIn(text, path);
  const differing = Object.entries(values).filter(([key, value]) => !isWritten(before?.[key], value));
  if (before !== null && differing.length === 0) return text;
  const statements = scanToml(text);
  refuseOtherForms(text, statements, path);
  const edited =
    before === null
      ? appended(text, path, values)
      : merged(text, statements, { path, values: Object.fromEntries(differing) });
  return checked(text, edited, path);
}

/**
 * The text without the table, or with the one that another text has in its place.
 * @throws RefusedFile where that cannot be done
 */
export function withoutTable(text: string, path: TablePath, former = ""): string {
  if (tableIn(text, path) === null) return text;
  const statements = scanToml(text);
  refuseOtherForms(text, statements, path);
  const ranges = rangesOf(statements, path);
  const old = rangesOf(scanToml(former), path)
    .map(({ start, end }) => former.slice(start, end))
    .join("");
  if (old !== "") {
    const [first, ...rest] = ranges;
    const splices = [...(first === undefined ? [] : [{ ...first, text: old }]), ...rest.map(emptied)];
    return checked(text, spliced(text, splices), path);
  }
  const cut = ranges.map((range) => emptied({ ...range, start: range.start - gapBefore(text, range) }));
  return checked(text, spliced(text, cut), path);
}

interface Range {
  readonly start: number;
  readonly end: number;
}

const emptied = ({ start, end }: Range) => ({ start, end, text: "" });

/** The ranges of the table's header lines, its sub-tables' too, each with the values below it. */
function rangesOf(statements: readonly TomlStatement[], path: TablePath): readonly Range[] {
  return statements.flatMap((statement, at) => {
    if (statement.kind !== "header" || !startsWith(statement.path, path)) return [];
    const next = statements.findIndex(({ kind }, index) => index > at && kind === "header");
    const last = statements[(next < 0 ? statements.length : next) - 1] ?? statement;
    return [{ start: statement.start, end: last.end }];
  });
}

/** How much of the text before a table came with it: the blank line, and the line break of a text that had none at its end. */
function gapBefore(text: string, { start, end }: Range): number {
  const before = text.slice(0, start);
  const blank = /(?:^|\n)(\r?\n)$/.exec(before)?.[1]?.length ?? 0;
  const isOpenEnd = blank > 0 && end === text.length && !text.endsWith("\n");
  return blank + (isOpenEnd ? (/\r?\n$/.exec(before.slice(0, before.length - blank))?.[0].length ?? 0) : 0);
}

function appended(text: string, path: TablePath, values: TomlTable): string {
  const eol = lineBreakOf(text);
  const header = `[${path.map(keyText).join(".")}]`;
  const block = [header, ...Object.entries(values).map(([key, value]) => lineText(key, value))].join(eol);
  if (text === "") return block + eol;
  return text.endsWith("\n") ? `${text}${eol}${block}${eol}` : `${text}${eol}${eol}${block}`;
}

interface Merge {
  readonly path: TablePath;
  readonly values: TomlTable;
}

/** Values that are there are replaced where they stand, sub-tables of that name too; new ones come behind the last. */
function merged(text: string, statements: readonly TomlStatement[], { path, values }: Merge): string {
  const eol = lineBreakOf(text);
  const pairs = statements.filter(
    (statement): statement is TomlPair => statement.kind === "pair" && isSame(statement.table, path),
  );
  const replaced = Object.entries(values).flatMap(([key, value]) =>
    pairs
      .filter(({ path: of }) => isSame(of, [...path, key]))
      .map(({ valueStart, valueEnd }) => ({ key, start: valueStart, end: valueEnd, text: valueText(value) })),
  );
  const fresh = Object.entries(values).filter(([key]) => !replaced.some((splice) => splice.key === key));
  const header = statements.find(({ kind, path: of }) => kind === "header" && isSame(of, path));
  const end = pairs.at(-1)?.end ?? header?.end;
  if (end === undefined) return appended(text, path, values);
  const lines = fresh.map(([key, value]) => lineText(key, value));
  const isClosed = end > 0 && text[end - 1] === "\n";
  const added = lines.map((line) => (isClosed ? line + eol : eol + line)).join("");
  return spliced(text, [...replaced, { start: end, end, text: added }]);
}

/** Forms in which a table cannot be changed as text without risk: inline, or dotted keys under another header. */
function refuseOtherForms(text: string, statements: readonly TomlStatement[], path: TablePath): void {
  const other = statements.find(
    (statement) =>
      statement.kind === "pair" &&
      !startsWith(statement.table, path) &&
      (startsWith(statement.path, path) || isSame(statement.path, path.slice(0, 1))),
  );
  if (other === undefined) return;
  const name = path.join(".");
  throw new RefusedFile(
    `line ${lineOf(text, other.start)}: ${other.path.join(".")} is written inline or with dotted keys`,
    `Write it as a table of its own, [${name}], or take it out, then run \`baton setup\` again.`,
  );
}

/** @throws RefusedFile when anything but the table has changed, or the text cannot be read any more */
function checked(before: string, after: string, path: TablePath): string {
  if (isDeepStrictEqual(rest(before, path), rest(after, path))) return after;
  throw new RefusedFile(
    `the table [${path.join(".")}] cannot be changed without changing something else`,
    "Change it by hand; docs/setup.md has what to write.",
  );
}

function rest(text: string, [parent, name]: TablePath): Parsed {
  const { [parent]: tables, ...others } = parseToml(text);
  if (!isRecord(tables)) return { ...others, ...(tables === undefined ? {} : { [parent]: tables }) };
  const kept = Object.fromEntries(Object.entries(tables).filter(([key]) => key !== name));
  return Object.keys(kept).length === 0 ? others : { ...others, [parent]: kept };
}

function isWritten(before: unknown, value: TomlValue): boolean {
  if (typeof value === "object" && "float" in value) return before === value.float;
  return isDeepStrictEqual(before, value);
}

function lineText(key: string, value: TomlValue): string {
  return `${keyText(key)} = ${valueText(value)}`;
}

function valueText(value: TomlValue): string {
  if (typeof value === "object" && "float" in value) {
    return Number.isInteger(value.float) ? value.float.toFixed(1) : String(value.float);
  }
  return typeof value === "object" ? `[${value.map(valueText).join(", ")}]` : scalarText(value);
}

/** JSON's strings are TOML's, but for U+007F, which TOML wants escaped. */
function scalarText(value: string | boolean): string {
  return JSON.stringify(value).replaceAll("\u007f", "\\u007f");
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : scalarText(key);
}

function isRecord(value: unknown): value is Parsed {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function startsWith(path: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((part, at) => path[at] === part);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && startsWith(a, b);
}
