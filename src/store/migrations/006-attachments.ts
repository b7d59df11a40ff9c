/**
 * What was attached to a task stays with it. The contents that its agent has to be given are there until it is final:
 * the files themselves may have changed by the time that it starts.
 */
export const attachments = `
alter table tasks add column attachments text not null default '[]';

create table attached_contents (
  task text not null references tasks (id) on delete cascade,
  position integer not null,
  content blob not null,
  primary key (task, position)
) strict;
`;
