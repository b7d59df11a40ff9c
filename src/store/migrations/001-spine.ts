/**
 * Sessions, tasks and their events. `attempt` and `home_machine` are for hubs that will share work;
 * environments are never stored, since they hold keys.
 */
export const spine = `
create table sessions (
  id text primary key,
  name text,
  agent text not null,
  native_id text,
  cwd text not null,
  scope text not null,
  title text,
  places text not null,
  home_machine text not null,
  created_at text not null,
  updated_at text not null
) strict;
create unique index sessions_by_name on sessions (agent, scope, name) where name is not null;
create index sessions_by_native_id on sessions (native_id) where native_id is not null;
create index sessions_by_update on sessions (updated_at desc, id);

create table tasks (
  number integer primary key autoincrement,
  id text not null unique,
  key text not null unique,
  session text not null references sessions (id),
  agent text not null,
  attempt integer not null default 1,
  status text not null,
  title text not null,
  prompt text not null,
  model text,
  effort text,
  answer text,
  error text,
  changes text not null default '[]',
  usage text,
  warnings text not null default '[]',
  root text not null,
  parent text references tasks (id),
  depth integer not null,
  access text not null,
  cwd text not null,
  wall_ms integer not null,
  idle_ms integer not null,
  created_at text not null,
  started_at text,
  ended_at text
) strict;
create index tasks_by_session on tasks (session);
create index tasks_unfinished on tasks (status) where ended_at is null;

create table events (
  task text not null references tasks (id),
  seq integer not null,
  at text not null,
  type text not null,
  data text not null,
  primary key (task, seq)
) strict, without rowid;

create table processes (
  pid integer not null,
  birth text not null,
  primary key (pid, birth)
) strict, without rowid;
`;
