/**
 * `used` orders sessions by use whatever the clock says. What is forgotten leaves its ids behind, so that whoever still
 * names one is told what became of it.
 */
export const retention = `
alter table sessions add column used integer not null default 0;
update sessions set used = (
  select count(*) from sessions as other
  where (other.updated_at, other.rowid) <= (sessions.updated_at, sessions.rowid)
);
drop index sessions_by_update;
create index sessions_by_use on sessions (used desc);

create table forgotten (
  number integer primary key autoincrement,
  session text not null unique,
  agent text not null,
  native_id text,
  reason text not null,
  at text not null
) strict;
`;
