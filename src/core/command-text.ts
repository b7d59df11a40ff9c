/** A program with its arguments, and what it needs in its environment. */
export interface TypedCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The command as a person types it into a POSIX shell. */
export function commandText({ argv, env }: TypedCommand): string {
  const settings = Object.entries(env).map(([name, value]) => `${name}=${quotedWord(value)}`);
  return [...settings, ...argv.map(quotedWord)].join(" ");
}

/** A word as a POSIX shell takes it. */
export function quotedWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
