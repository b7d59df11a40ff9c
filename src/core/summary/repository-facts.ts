/** What git says of the directory of a conversation. Paths are relative to it; texts are as git gives them. */
export interface RepositoryFacts {
  /** Null on a detached head. */
  readonly branch: string | null;
  /** Null before the first commit. */
  readonly commit: Commit | null;
  /** Commits that the branch has and its upstream has not, and the other way round; null without an upstream. */
  readonly upstream: { readonly name: string; readonly ahead: number; readonly behind: number } | null;
  readonly uncommitted: readonly Uncommitted[];
  readonly uncommittedBeyond: number;
  /** What has changed since the conversation began, in commits and in the working tree; null where it cannot be told. */
  readonly since: {
    readonly commits: readonly Commit[];
    readonly commitsBeyond: number;
    readonly files: readonly FileStat[];
    readonly filesBeyond: number;
    /** Lines of all the files, those beyond included. */
    readonly added: number;
    readonly removed: number;
  } | null;
}

export interface Commit {
  readonly id: string;
  readonly subject: string;
}

export interface Uncommitted {
  readonly path: string;
  readonly state: "staged" | "changed" | "staged and changed" | "untracked" | "in conflict";
}

/** Lines added and removed in a file; null in a binary one. */
export interface FileStat {
  readonly path: string;
  readonly added: number | null;
  readonly removed: number | null;
}
