import { isDeepStrictEqual } from "node:util";

import {
  endBefore,
  JsoncError,
  parseJsonc,
  type JsonDialect,
  type JsonMember,
  type JsonNode,
} from "../core/jsonc.ts";
import { invalidSyntax, lineBreakOf, RefusedFile, spliced } from "./syntax.ts";
import { lineOf } from "./toml-scan.ts";

/** A member of an object in the root object, such as `mcpServers.baton`. */
export type MemberPath = readonly [string, string];

/** The value that the text has there, or null. */
export function memberIn(text: string, path: MemberPath, dialect: JsonDialect): unknown {
  if (text.trim() === "") return null;
  const parent = member(parsed(text, dialect), path[0], text);
  return parent === null ? null : (member(parent.node, path[1], text)?.node.value ?? null);
}

/**
 * The text with this value there; comments, order and the rest of the formatting stay.
 * @throws RefusedFile where that cannot be done
 */
export function withMember(
  text: string,
  path: MemberPath,
  edit: { value: unknown; dialect: JsonDialect },
): string {
  const { value, dialect } = edit;
  const [parentName, name] = path;
  if (text.trim() === "") return `${JSON.stringify({ [parentName]: { [name]: value } }, null, 2)}\n`;
  const root = parsed(text, dialect);
  const parent = member(root, parentName, text);
  if (parent === null)
    return checked(text, added(text, root, { [parentName]: { [name]: value } }), { path, dialect });
  const present = member(parent.node, name, text);
  if (present === null) return checked(text, added(text, parent.node, { [name]: value }), { path, dialect });
  if (isDeepStrictEqual(present.node.value, value)) return text;
  const { start, end } = present.node;
  const isInline = !text.slice(parent.node.start, start).includes("\n");
  const replacement = isInline
    ? JSON.stringify(value)
    : formatted(text, value, indentOf(text, present.start));
  return checked(text, spliced(text, [{ start, end, text: replacement }]), { path, dialect });
}

/**
 * The text without the value, or with the one that another text has in its place. The object around it goes too when
 * nothing is left in it and the other text has none.
 * @throws RefusedFile where that cannot be done
 */
export function withoutMember(
  text: string,
  path: MemberPath,
  { former, dialect }: { former: string; dialect: JsonDialect },
): string {
  const old = memberIn(former, path, dialect);
  if (memberIn(text, path, dialect) === null) return text;
  if (old !== null) return withMember(text, path, { value: old, dialect });
  const root = parsed(text, dialect);
  const parent = member(root, path[0], text);
  const present = parent === null ? null : member(parent.node, path[1], text);
  if (parent === null || present === null) return text;
  const isLast = parent.node.members?.length === 1;
  const hadParent = former.trim() !== "" && member(parseJsonc(former, dialect), path[0], former) !== null;
  const [object, target] = isLast && !hadParent ? [root, parent] : [parent.node, present];
  return checked(text, removed(text, object, target), { path, dialect });
}

/** @throws RefusedFile when the node is no object, or names the member twice */
function member(node: JsonNode, name: string, text: string): JsonMember | null {
  if (node.members === null) throw refused(text, node.start, "an object is expected here");
  const found = node.members.filter(({ key }) => key === name);
  if (found.length > 1)
    throw refused(text, found[1]?.start ?? node.start, `${JSON.stringify(name)} is there twice`);
  return found[0] ?? null;
}

function refused(text: string, at: number, what: string): RefusedFile {
  const line = lineOf(text, at);
  return new RefusedFile(`line ${line}: ${what}`, `Mend line ${line}, then run \`baton setup\` again.`);
}

function added(text: string, object: JsonNode, value: Record<string, unknown>): string {
  const last = object.members?.at(-1);
  const end = endBefore(text, object.end - 1);
  // A comma at the end only where the others have one.
  const [comma, closing] = last === undefined ? [[], ""] : commaAfter(last);
  if (last !== undefined && !text.slice(object.start, object.end).includes("\n")) {
    const part = ` ${JSON.stringify(value).slice(1, -1)}${closing}`;
    return spliced(text, [...comma, { start: end, end, text: part }]);
  }
  const eol = lineBreakOf(text);
  const outer = indentOf(text, object.start);
  const inner = last === undefined ? outer + unitOf(text) : indentOf(text, last.start);
  const [name, content] = Object.entries(value)[0] ?? ["", null];
  const part = `${eol}${inner}${JSON.stringify(name)}: ${formatted(text, content, inner)}${closing}`;
  const isOpen = text.slice(end, object.end - 1).includes("\n");
  return spliced(text, [...comma, { start: end, end, text: isOpen ? part : `${part}${eol}${outer}` }]);
}

/** The comma that a member needs when another follows it, and the one that the other then has. */
function commaAfter({ comma, node: { end } }: JsonMember) {
  return comma === null ? ([[{ start: end, end, text: "," }], ""] as const) : ([[], ","] as const);
}

function removed(text: string, object: JsonNode, target: JsonMember): string {
  const members = object.members ?? [];
  const before = members[members.indexOf(target) - 1];
  const isLast = members.at(-1) === target;
  const end = target.comma === null ? target.node.end : target.comma + 1;
  const comma =
    isLast && target.comma === null && before !== undefined && before.comma !== null
      ? [{ start: before.comma, end: before.comma + 1, text: "" }]
      : [];
  const isAlone = members.length === 1 && target.after === object.start + 1;
  const closing = isAlone && text.slice(end, object.end - 1).trim() === "" ? object.end - 1 : end;
  return spliced(text, [...comma, { start: target.after, end: closing, text: "" }]);
}

function formatted(text: string, value: unknown, indent: string): string {
  return JSON.stringify(value, null, unitOf(text)).replaceAll("\n", `${lineBreakOf(text)}${indent}`);
}

/** The space at the beginning of the line in which an offset lies. */
function indentOf(text: string, at: number): string {
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

/** One step of the file's indentation. */
function unitOf(text: string): string {
  return /^\s*\{\s*?\n([ \t]+)"/.exec(text)?.[1] ?? "  ";
}

interface Place {
  readonly path: MemberPath;
  readonly dialect: JsonDialect;
}

/** @throws RefusedFile when anything but the member has changed, or the text cannot be read any more */
function checked(before: string, after: string, place: Place): string {
  if (isDeepStrictEqual(rest(before, place), rest(after, place))) return after;
  throw new RefusedFile(
    `${place.path.join(".")} cannot be changed without changing something else`,
    "Change it by hand; docs/setup.md has what to write.",
  );
}

function rest(text: string, { path: [parentName, name], dialect }: Place): unknown {
  const root = parsed(text, dialect).value as Record<string, Record<string, unknown>>;
  const { [parentName]: parent = {}, ...others } = root;
  const kept = Object.fromEntries(Object.entries(parent).filter(([key]) => key !== name));
  return { ...others, [parentName]: kept };
}

/** @throws RefusedFile with line and column */
function parsed(text: string, dialect: JsonDialect): JsonNode {
  try {
    return parseJsonc(text, dialect);
  } catch (error) {
    throw error instanceof JsoncError ? invalidSyntax(error.message, error.line, error.column) : error;
  }
}
