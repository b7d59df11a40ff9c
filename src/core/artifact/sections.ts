/** A part of a Markdown text below a heading. */
export interface Section {
  readonly title: string;
  /** What stands below it, with the headings below that. */
  readonly text: string;
}

interface Heading {
  readonly level: number;
  readonly title: string;
  readonly line: number;
  /** The first line of what stands below it. */
  readonly body: number;
}

/** The sections of a Markdown text, in their order; what stands in fenced code has none. */
export function sectionsOf(markdown: string): readonly Section[] {
  const lines = markdown.split(/\r?\n/);
  const headings = headingsIn(lines);
  const ends = endsOf(headings, lines.length);
  return headings.map(({ title, body }, index) => ({
    title,
    text: lines.slice(body, ends[index]).join("\n").trim(),
  }));
}

/** The line at which each section ends: that of the next heading that is not below its own. */
function endsOf(headings: readonly Heading[], last: number): readonly number[] {
  const next = Array.from({ length: DEEPEST + 1 }, () => last);
  // From the last one backwards, so that many headings take no longer each.
  const ends = headings.toReversed().map(({ level, line }) => {
    const end = next[level] ?? last;
    next.fill(line, level);
    return end;
  });
  return ends.toReversed();
}

const DEEPEST = 6;

/** The text of the section of that name; null where there is none. */
export function sectionNamed(sections: readonly Section[], name: string): string | null {
  const wanted = plainTitle(name);
  const found = sections.filter(({ title }) => plainTitle(title) === wanted);
  return (found.find(({ text }) => !isBare(text)) ?? found[0])?.text ?? null;
}

/** Nothing but headings. */
function isBare(text: string): boolean {
  return text.split("\n").every((line) => line.trim() === "" || /^ {0,3}#{1,6}(?:\s|$)/.test(line));
}

/** Those of the names of which there is no section, or one in which nothing stands. */
export function missingSections(sections: readonly Section[], names: readonly string[]): readonly string[] {
  return names.filter((name) => isBare(sectionNamed(sections, name) ?? ""));
}

/** A title as it is compared: without numbers before it, marks around it and a colon after it. */
function plainTitle(title: string): string {
  return title
    .replace(/^\s*[\d.)]+\s+/, "")
    .replaceAll(/[*_`]/g, "")
    .replace(/\s*:\s*$/, "")
    .replaceAll(/\s+/g, " ")
    .trim()
    .toLowerCase();
}

function headingsIn(lines: readonly string[]): readonly Heading[] {
  const headings: Heading[] = [];
  let fence: string | null = null;
  for (const [line, text] of lines.entries()) {
    const marks = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(text);
    if (fence !== null) {
      if (marks !== null && closes(fence, marks)) fence = null;
      continue;
    }
    if (marks !== null) {
      fence = marks[1] ?? null;
      continue;
    }
    const heading = headingAt(lines, line);
    if (heading !== null) headings.push(heading);
  }
  return headings;
}

/** A fence ends with at least as many of the same marks, and nothing after them. */
function closes(fence: string, [, marks = "", rest = ""]: RegExpExecArray): boolean {
  return marks.startsWith(fence) && rest.trim() === "";
}

/** No heading is longer, in characters. */
const LONGEST = 1_000;

function headingAt(lines: readonly string[], line: number): Heading | null {
  const text = lines[line] ?? "";
  if (text.length > LONGEST) return null;
  const atx = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/.exec(text);
  if (atx !== null) return { level: atx[1]?.length ?? 1, title: atx[2] ?? "", line, body: line + 1 };
  const below = /^ {0,3}(=+|-+)[ \t]*$/.exec(lines[line + 1] ?? "");
  // A line of dashes below a paragraph makes its last line a heading, below anything else it is a rule.
  if (below === null || !/^ {0,3}[^\s>#*+-]/.test(text)) return null;
  return { level: below[1]?.startsWith("=") === true ? 1 : 2, title: text.trim(), line, body: line + 2 };
}
