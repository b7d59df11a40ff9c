import { line, section, type Section } from "../context/entry.ts";
import { code } from "../context/quotable.ts";
import { rankOf } from "../context/ranks.ts";
import type { Digest } from "./digest.ts";
import { relativeTo, type ChangedFile } from "./files.ts";
import type { FileStat, RepositoryFacts } from "./repository-facts.ts";

const PATH = 160;
const ABOUT = 90;

/** The agent's edits with a line each, latest first, then what git sees changed besides. */
export function filesSection(
  { files, filesBeyond }: Digest,
  cwd: string | null,
  repository: RepositoryFacts | null,
): Section {
  const since = repository?.since ?? null;
  const edited = files.map((file) => ({ file, path: relativeTo(cwd, file.path) }));
  const known = new Set(edited.map(({ path }) => path.replaceAll("\\", "/")));
  const isSeen = seenBy(repository);
  const others = (since?.files ?? []).filter(({ path }) => !known.has(path));
  if (edited.length === 0 && others.length === 0) return section("Files changed", []);
  return section(
    "Files changed",
    [
      ...statOf(since).map((text) => line(text, rankOf("files", 0))),
      ...edited.map(({ file, path }, index) =>
        line(fileLine(file, path) + (isSeen(path) ? "" : UNSEEN), rankOf("files", index)),
      ),
      ...others.map((file, index) => line(otherLine(file), rankOf("otherFiles", index))),
    ],
    filesBeyond + (since?.filesBeyond ?? 0),
  );
}

const UNSEEN = "; git sees no change now: undone, removed or ignored";

/** Whether git sees a file changed; true of every file where it cannot be asked. */
function seenBy(repository: RepositoryFacts | null): (path: string) => boolean {
  const since = repository?.since ?? null;
  if (repository === null || since === null || since.filesBeyond + repository.uncommittedBeyond > 0)
    return () => true;
  const paths = [...since.files, ...repository.uncommitted].map(({ path }) => path);
  // A new folder is one line of git's, with a slash at its end.
  return (path) => paths.some((seen) => seen === path || (seen.endsWith("/") && path.startsWith(seen)));
}

function statOf(since: RepositoryFacts["since"]): readonly string[] {
  if (since === null) return [];
  const count = since.files.length + since.filesBeyond;
  if (count === 0) return ["By git nothing differs from when the conversation began"];
  const files = count === 1 ? "1 file differs" : `${count} files differ`;
  return [`By git ${files} from when the conversation began: ${lines(since.added, since.removed)}`];
}

function fileLine({ change, edits, lines: stat, about }: ChangedFile, path: string): string {
  const often = edits === 1 ? change : `${change}, ${edits} edits`;
  const count = stat === null ? "" : `, ${lines(stat.added, stat.removed)}`;
  const what = about === null || about === "" ? "" : `: ${code(about, ABOUT)}`;
  return `${code(path, PATH)} ${often}${count}${what}`;
}

function otherLine({ path, added, removed }: FileStat): string {
  const count = added === null || removed === null ? "binary" : lines(added, removed);
  return `${code(path, PATH)} ${count}, by no edit of the agent's: a command, or somebody else`;
}

function lines(added: number, removed: number): string {
  return `+${added} -${removed}`;
}
