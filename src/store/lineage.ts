import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { COORDINATORS } from "../contracts/coordinator.ts";
import { accessSchema } from "../contracts/task.ts";
import type { Link } from "../core/lineage.ts";

const linkSchema = z
  .object({
    id: z.string(),
    agent: z.string(),
    session: z.string(),
    native_id: z.string().nullable(),
    prompt: z.string(),
    access: accessSchema,
    depth: z.int(),
  })
  .transform(({ native_id, ...link }): Link => ({ ...link, nativeId: native_id }));
const idSchema = z.object({ id: z.string() });
const ancestorSchema = idSchema.extend({ agent: z.string() });
const countSchema = z.object({ count: z.int() });
/** More levels than any limit allows; a damaged table must not be followed for ever. */
const MOST_LEVELS = 1_000;

export type LineageStore = ReturnType<typeof createLineageStore>;

/** Who has asked whom: the tasks above and below a task. */
export function createLineageStore(database: DatabaseSync) {
  const above = `with recursive above (id, level) as (
       select ?1, 0
       union all
       select tasks.parent, level + 1 from tasks join above on tasks.id = above.id
       where tasks.parent is not null and level < ${MOST_LEVELS}
     )`;
  const below = `with recursive below (id) as (
       select id from tasks where parent = ?1
       union
       select tasks.id from tasks join below on tasks.parent = below.id
     )`;
  const links = database.prepare(
    `${above} select tasks.id, tasks.agent, session, sessions.native_id, prompt, access, depth
     from above join tasks on tasks.id = above.id join sessions on sessions.id = tasks.session
     order by level desc`,
  );
  const ancestors = database.prepare(
    `${above} select above.id, tasks.agent from above join tasks on tasks.id = above.id
     where level > 0 order by level desc`,
  );
  const descendants = database.prepare(
    `${below} select below.id from below join tasks on tasks.id = below.id order by tasks.number`,
  );
  const countBelow = database.prepare(
    `${below} select count(*) as count from below join tasks on tasks.id = below.id
     join tasks as asking on asking.id = tasks.parent where asking.agent not in (${COORDINATORS.map((name) => `'${name}'`).join()})`,
  );
  const unfinishedBelow = database.prepare(
    `${below} select below.id from below join tasks on tasks.id = below.id
     where tasks.ended_at is null order by tasks.number desc`,
  );
  const sessionsAround = database.prepare(
    `${above}, below (id) as (
       select ?1 union select tasks.id from tasks join below on tasks.parent = below.id
     )
     select session as id from tasks where id in (select id from above) or id in (select id from below)
     union select id from sessions where made_by in (select id from above) or made_by in (select id from below)`,
  );
  const ofRoot = database.prepare("select 1 from tasks where session = ? and root = ? limit 1");
  return {
    /** Whether a task of this root was in the session. */
    isOfRoot: (session: string, root: string) => ofRoot.get(session, root) !== undefined,
    /** From the first task of the line down to this one. */
    chain: (task: string): readonly Link[] => links.all(task).map((row) => linkSchema.parse(row)),
    /** The tasks above this one, the first of the line first. */
    ancestors: (task: string) => ancestors.all(task).map((row) => ancestorSchema.parse(row)),
    /** The tasks below this one, the oldest first. */
    descendants: (task: string) => descendants.all(task).map((row) => idSchema.parse(row)),
    /** How many tasks there are below this one; those that a panel asks count with it as one. */
    countBelow: (task: string) => countSchema.parse(countBelow.get(task)).count,
    /** The tasks below this one that are not final, those below others before them. */
    unfinishedBelow: (task: string) => unfinishedBelow.all(task).map((row) => idSchema.parse(row)),
    /** The sessions that the tasks of its line are in or have prepared: of itself, those above it and those below. */
    sessionsAround: (task: string) => sessionsAround.all(task).map((row) => idSchema.parse(row).id),
  };
}
