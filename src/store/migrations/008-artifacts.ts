/**
 * What a task was to write, what lay there when it began (`before`: a hash; null: nothing, or it has not begun), and what
 * it has written: that stays with the task whatever becomes of the file. And which task has had each step of a relay;
 * a relay that was resumed has the steps that were done before as well.
 */
export const artifacts = `
create table artifacts (
  task text primary key references tasks (id) on delete cascade,
  path text not null,
  place text not null,
  sections text not null,
  writer text not null,
  before text,
  begun_at text,
  sha256 text,
  content text,
  deviations text
) strict, without rowid;
create index artifacts_by_place on artifacts (place);

create table relays (
  task text primary key references tasks (id) on delete cascade,
  folder text not null,
  steps text not null,
  terms text not null
) strict, without rowid;

create table relay_steps (
  relay text not null references relays (task) on delete cascade,
  place integer not null,
  task text not null,
  primary key (relay, place)
) strict, without rowid;
create index relay_steps_by_task on relay_steps (task);
`;
