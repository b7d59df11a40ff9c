const MAX_SLUG = 32;
/** Enough of an id to tell worktrees apart. */
const ID_LENGTH = 8;

/** What a worktree is called: words of the task, for people, and some of its id. */
export function nameOf(title: string, id: string): string {
  const words = title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, MAX_SLUG)
    .replace(/^-+|-+$/g, "");
  return [words, id.replace(/^w_/, "").slice(0, ID_LENGTH)].filter((part) => part !== "").join("-");
}

/** Its branch: in a folder of our own, unless the user has a branch of that name, beside which git can have none. */
export function branchOf(name: string, { isTaken }: { readonly isTaken: boolean }): string {
  return isTaken ? `baton-${name}` : `baton/${name}`;
}
