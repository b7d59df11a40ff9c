import type { Driver, Environment } from "../agents/driver.ts";
import type { Session } from "../contracts/session.ts";
import type { ChildTask } from "../contracts/task.ts";
import type { Waiting } from "../core/schedule.ts";
import { firstPoints } from "../core/text.ts";
import type { ListedSession, StoredSession } from "../store/sessions.ts";
import type { StoredTask } from "../store/tasks.ts";

const PROMPT_SHOWN = 1_000;

/** The task as the contract has it, with its whole answer; a panel without what it has asked. */
export function viewTask(task: StoredTask, waiting: Waiting | null): ChildTask {
  const { root, parent, depth } = task;
  return {
    id: task.id,
    session: task.session,
    agent: task.agent,
    native_id: task.native_id,
    status: task.status,
    title: task.title,
    prompt: firstPoints(task.prompt, PROMPT_SHOWN),
    model: task.model,
    effort: task.effort,
    attachments: task.attachments,
    answer: task.answer,
    more: null,
    error: task.error,
    artifact: null,
    changes: task.changes,
    usage: task.usage,
    warnings: task.warnings,
    lineage: { root, parent, depth },
    queue: task.status === "queued" ? waiting : null,
    access: task.access,
    isolation: task.worktree === null ? "shared" : "worktree",
    branch: task.branch,
    cwd: task.cwd,
    created_at: task.created_at,
    started_at: task.started_at,
    ended_at: task.ended_at,
    children: null,
  };
}

/** What a session looks like to a caller; `driver` is null for an agent that this version does not know. */
export function viewSession(
  session: ListedSession,
  more: { readonly live: boolean; readonly driver: Driver | null; readonly env: Environment },
): Session {
  const { id, name, agent, native_id, cwd, title, tasks, created_at, updated_at } = session;
  const resume = resumeOf(session, more.driver, more.env);
  return { id, name, agent, native_id, cwd, title, tasks, live: more.live, resume, created_at, updated_at };
}

/** The agent's own command, with what must differ from the caller's environment to find the same conversation. */
function resumeOf(session: StoredSession, driver: Driver | null, env: Environment): Session["resume"] {
  if (driver === null || session.native_id === null) return null;
  const own = driver.resumeEnvironment(session.places);
  const different = Object.entries(session.places).filter(
    ([name, value]) => !(name in own) && (env[name] ?? null) !== value,
  );
  const set = different.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
  const unset = different.flatMap(([name, value]) => (value === null ? ["-u", name] : []));
  const argv = driver.resumeArgv(session.native_id);
  if (argv === null) return null;
  return {
    argv: unset.length === 0 ? [...argv] : ["env", ...unset, ...argv],
    env: { ...Object.fromEntries(set), ...own },
  };
}
