/**
 * Which conversation each seat of a panel has: a member such as `codex` or `codex:MODEL`, or the one who brings the answers
 * together. A panel that is continued continues these.
 */
export const panels = `
create table panel_seats (
  panel text not null references sessions (id),
  seat text not null,
  session text not null references sessions (id),
  primary key (panel, seat)
) strict, without rowid;
create index panel_seats_by_session on panel_seats (session);
`;
