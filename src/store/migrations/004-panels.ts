/**
 * Which conversation each seat of a panel has: a member such as `codex` or `codex:MODEL`, or the one who brings the answers
 * together; and in which task of the panel, and at which place in it, it was asked last. A panel that is continued
 * continues these.
 */
export const panels = `
create table panel_seats (
  panel text not null references sessions (id),
  seat text not null,
  session text not null references sessions (id),
  task text not null references tasks (id),
  place integer not null,
  primary key (panel, seat)
) strict, without rowid;
create index panel_seats_by_session on panel_seats (session);
`;
