/** A file that cannot be edited as it is: what is wrong with it, and where. */
export class RefusedFile extends Error {
  override readonly name = "RefusedFile";
  readonly fix: string;

  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}

/** A syntax error that stands at a place. */
export function invalidSyntax(what: string, line: number, column: number): RefusedFile {
  const place = `line ${line}, column ${column}`;
  return new RefusedFile(`${place}: ${what}`, `Mend the file at ${place}, then run \`baton setup\` again.`);
}

/** The line break that a text uses. */
export function lineBreakOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? "\n";
}

interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with some of its parts replaced; the parts do not overlap, and at one place the order counts. */
export function spliced(text: string, splices: readonly Splice[]): string {
  return splices
    .toReversed()
    .toSorted((a, b) => b.start - a.start)
    .reduce((now, { start, end, text: part }) => now.slice(0, start) + part + now.slice(end), text);
}
