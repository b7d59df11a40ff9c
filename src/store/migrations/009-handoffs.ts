/**
 * Which conversation a session goes on from, what its first task begins with in the place of a history, and the task that
 * has prepared it: until a task runs in it, only that tells whose line it belongs to.
 */
export const handoffs = `
alter table sessions add column continued_from text;
alter table sessions add column opening text;
alter table sessions add column made_by text;
create index sessions_by_maker on sessions (made_by) where made_by is not null;
`;
