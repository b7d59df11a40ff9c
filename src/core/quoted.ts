/** Material of somebody else on its way into a prompt. */
export interface Quotation {
  /** What it is: the name of the tag. */
  readonly what: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly text: string;
  /** The most characters (UTF-16 units) of it that are passed on. */
  readonly limit: number;
}

/**
 * Text between tags that it cannot close: their name ends in `mark`, which nobody knew when the text was written, and which
 * is taken out of it all the same. What was cut off is said in the tag and not in the text.
 */
export function quoted({ what, attributes = {}, text, limit }: Quotation, mark: string): string {
  const kept = text.length <= limit ? text : text.slice(0, limit).toWellFormed();
  const left = text.length - kept.length;
  const all = left === 0 ? attributes : { ...attributes, cut: `${left} more characters are left out` };
  const said = Object.entries(all).map(([name, value]) => ` ${name}="${value.replaceAll(/["<>\s]+/g, " ")}"`);
  const harmless = mark === "" ? kept : kept.replaceAll(mark, "…");
  return `<${what}-${mark}${said.join("")}>\n${harmless}\n</${what}-${mark}>`;
}
