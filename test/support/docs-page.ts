/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  /** Where its first line stands. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

const FENCED = /^( *)```([^\n]*)\n([\s\S]*?)^ *```$/gm;

export function blocksIn(page: string, text: string): readonly Block[] {
  return [...text.matchAll(FENCED)].map(({ index, 1: indent = "", 2: language = "", 3: content = "" }) => ({
    page,
    line: text.slice(0, index).split("\n").length + 1,
    language,
    text: content.replaceAll(new RegExp(`^${indent}`, "gm"), "").trimEnd(),
  }));
}

/** The links to other places of the repository. */
export function linksIn(text: string): readonly string[] {
  const links = [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

/** The names by which links reach the headings of a page. */
export function headingsIn(text: string): readonly string[] {
  return [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function withoutBlocks(text: string): string {
  return text.replaceAll(FENCED, "");
}
