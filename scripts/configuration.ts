import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";

import { configSchema } from "../src/contracts/config.ts";

/** `node scripts/configuration.ts`: writes the keys of the config, as its schema has them, into docs/configuration.md. */

export const PAGE = path.resolve(import.meta.dirname, "..", "docs", "configuration.md");
const BEGIN = "<!-- keys: written by scripts/configuration.ts -->";
const END = "<!-- end of keys -->";

/** The parts of a JSON Schema that say what a key takes. */
const nodeSchema = z.object({
  type: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  default: z.json().optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
  get properties() {
    return z.record(z.string(), nodeSchema).optional();
  },
  get items() {
    return nodeSchema.optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), nodeSchema]).optional();
  },
});
type SchemaNode = z.infer<typeof nodeSchema>;

/** A text with what stands between the marks replaced by the tables of the schema. */
export function withTables(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`${BEGIN} … ${END} are not in the page`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${tables()}\n\n${page.slice(end)}`;
}

function tables(): string {
  const root = nodeSchema.parse(z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" }));
  return Object.entries(root.properties ?? {})
    .flatMap(([name, section]) => sectionsOf(name, section))
    .join("\n\n");
}

/** A table of the config file, and those in it that are written under a heading of their own. */
function sectionsOf(name: string, section: SchemaNode): readonly string[] {
  const named = section.additionalProperties;
  if (typeof named === "object") {
    const each = { ...named, description: section.description };
    return sectionsOf(`${name}.<name>`, each);
  }
  const properties = Object.entries(section.properties ?? {});
  const rows = properties.map(([key, node]) => [
    `\`${key}\``,
    typeOf(node),
    defaultOf(node),
    node.description ?? "",
  ]);
  const lists = properties.flatMap(([key, { items, description }]) =>
    items?.properties === undefined ? [] : sectionsOf(`[${name}.${key}]`, { ...items, description }),
  );
  const heading = `### \`[${name}]\`\n\n${sentence(section.description ?? "")}`;
  return [`${heading}\n\n${table([["key", "type", "default", "meaning"], ...rows])}`, ...lists];
}

function typeOf(node: SchemaNode): string {
  const { type, title, enum: choices, items } = node;
  if (choices !== undefined) return choices.map((choice) => `\`"${choice}"\``).join(", ");
  if (title !== undefined) return title;
  if (type === "array") return items?.properties === undefined ? "list of texts" : "list of tables";
  if (type === "integer") return `whole number, ${rangeOf(node)}`;
  if (type === "number") return `number, ${rangeOf(node)}`;
  const names: Readonly<Record<string, string>> = { boolean: "`true`, `false`", object: "table of texts" };
  return names[type ?? ""] ?? "text";
}

function rangeOf({ minimum, exclusiveMinimum = -1, maximum = Number.MAX_SAFE_INTEGER }: SchemaNode): string {
  const least = minimum ?? exclusiveMinimum + 1;
  return maximum === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${maximum}`;
}

function defaultOf({ default: value }: SchemaNode): string {
  if (value === undefined) return "";
  return `\`${typeof value === "object" && !Array.isArray(value) ? "{}" : JSON.stringify(value)}\``;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
}

/** Columns padded as the formatter pads them. */
function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const widths = head.map((_, at) => Math.max(...rows.map((row) => (row[at] ?? "").length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

if (import.meta.main) await writeFile(PAGE, withTables(await readFile(PAGE, "utf8")));
