/**
 * Worktrees of tasks: written down before they are made, and until they are removed. `trees` holds what an application is
 * about while it goes on, so that one that was broken off can be undone.
 */
export const worktrees = `
create table worktrees (
  number integer primary key autoincrement,
  id text not null unique,
  session text not null,
  repository text not null,
  common_dir text not null,
  path text not null,
  git_dir text,
  branch text not null,
  base text not null,
  state text not null,
  trees text,
  files integer,
  created_at text not null,
  ended_at text,
  removed_at text
) strict;
create index worktrees_by_session on worktrees (session);
create index worktrees_standing on worktrees (state) where removed_at is null;
alter table tasks add column worktree text references worktrees (id);
create index tasks_by_worktree on tasks (worktree) where worktree is not null;
`;
