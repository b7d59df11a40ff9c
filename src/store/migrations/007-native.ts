/**
 * What the agents themselves have on disk, as a list shows it, by file: nothing is read twice as long as neither size nor
 * time of change differs. All of it can be made again from the files.
 */
export const native = `
create table native_sessions (
  file text primary key,
  agent text not null,
  root text not null,
  bytes integer not null,
  mtime_ms integer not null,
  named text,
  placed text,
  native_id text,
  cwd text,
  branch text,
  title text,
  model text,
  turns integer not null,
  created_at text,
  sketch text not null,
  haystack text not null
) strict;
create index native_sessions_by_id on native_sessions (native_id) where native_id is not null;
create index native_sessions_by_change on native_sessions (root, mtime_ms);
`;
