/**
 * Who asked, for whoever reads the tree; what tasks have cost, which outlives the tasks; what an agent has told of its
 * allowance; and what was said once and is not said again.
 */
export const delegation = `
alter table tasks add column asker text;
create index tasks_by_parent on tasks (parent) where parent is not null;
create index tasks_by_root on tasks (root);

create table spending (
  task text primary key,
  session text not null,
  root text not null,
  agent text not null,
  at text not null,
  input_tokens integer not null,
  cached_input_tokens integer not null,
  output_tokens integer not null,
  cost_usd real,
  billed_to text not null
) strict, without rowid;
create index spending_by_root on spending (root);
create index spending_by_time on spending (at);
insert into spending
  select id, session, root, agent, coalesce(ended_at, started_at, created_at),
    json_extract(usage, '$.input_tokens'), json_extract(usage, '$.cached_input_tokens'),
    json_extract(usage, '$.output_tokens'), json_extract(usage, '$.cost_usd'), json_extract(usage, '$.billed_to')
  from tasks where usage is not null;

create table rate_limits (
  agent text not null,
  span text not null,
  used_percent real,
  resets_at text,
  at text not null,
  primary key (agent, span)
) strict, without rowid;

create table notices (
  name text primary key,
  at text not null
) strict, without rowid;
`;
