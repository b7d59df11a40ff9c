import { line, section, type Section } from "../context/entry.ts";
import { code, quotableLine } from "../context/quotable.ts";
import { rankOf } from "../context/ranks.ts";
import type { Commit, RepositoryFacts, Uncommitted } from "./repository-facts.ts";

const NAME = 100;
const PATH = 160;

/** Where the work stands: directory, branch, commit, what is uncommitted, what was committed meanwhile. */
export function repositorySection(cwd: string | null, repository: RepositoryFacts | null): Section {
  const directory = cwd === null ? [] : [`Directory ${code(cwd, PATH)}`];
  if (repository === null) {
    return section(
      "Repository",
      directory.map((text) => line(`${text}, which is no git repository now`, rankOf("repository", 0))),
    );
  }
  const { uncommitted, uncommittedBeyond, since } = repository;
  const head = [headLine(repository), ...directory, uncommittedLine(repository)];
  return section(
    "Repository",
    [
      ...head.map((text, index) => line(text, rankOf("repository", index))),
      ...uncommitted.map((file, index) => line(fileLine(file), rankOf("uncommitted", index))),
      ...(since?.commits ?? []).map((commit, index) =>
        line(`Committed meanwhile: ${commitWords(commit)}`, rankOf("commits", index)),
      ),
    ],
    uncommittedBeyond + (since?.commitsBeyond ?? 0),
  );
}

function headLine({ branch, commit, upstream }: RepositoryFacts): string {
  const where = branch === null ? "On no branch" : `On branch ${code(branch, NAME)}`;
  const at = commit === null ? " without a commit" : ` at ${commitWords(commit)}`;
  if (upstream === null) return where + at;
  const { name, ahead, behind } = upstream;
  return `${where}${at}; ${ahead} ahead of ${code(name, NAME)}, ${behind} behind`;
}

function uncommittedLine({ uncommitted, uncommittedBeyond }: RepositoryFacts): string {
  const all = uncommitted.length + uncommittedBeyond;
  if (all === 0) return "Nothing is uncommitted";
  return all === 1 ? "1 change is uncommitted" : `${all} changes are uncommitted`;
}

function fileLine({ path, state }: Uncommitted): string {
  return `Uncommitted: ${code(path, PATH)} ${state}`;
}

function commitWords({ id, subject }: Commit): string {
  return `${quotableLine(id, 40)} "${quotableLine(subject, NAME)}"`;
}
