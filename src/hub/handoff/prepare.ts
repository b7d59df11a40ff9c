import { rm } from "node:fs/promises";
import { hostname } from "node:os";
import { DEFAULT_AGENT_CONFIG, namedAgents, type Config } from "../../contracts/config.ts";
import { contextBudgetSchema, DEFAULT_CONTEXT_BUDGET } from "../../contracts/context.ts";
import { BatonError } from "../../contracts/error.ts";
import {
  historyBudgetSchema,
  type Handoff,
  type HandoffFiles,
  type HandoffMode,
} from "../../contracts/handoff.ts";
import type { PrepareHandoff } from "../../contracts/rpc.ts";
import { commandText, quotedWord } from "../../core/command-text.ts";
import type { StoredSession } from "../../store/sessions.ts";
import { checkAccess } from "../guard.ts";
import { newId } from "../ids.ts";
import { prepareLaunch } from "../launch.ts";
import type { RequestContext } from "../request-context.ts";
import { realDirectory } from "../scope.ts";
import { placesIn, scopeIn } from "../session-choice.ts";
import { callerOf, driverFor } from "../start-task.ts";
import type { HubState } from "../state.ts";
import type { Asker } from "../viewer.ts";
import { viewSession } from "../views.ts";
import { checkDirectory, type DirectoryRequest } from "../working-directory.ts";
import { countedAs } from "../worktrees/counted.ts";
import { MADE_BY, type Made, type Target, type Work } from "./make.ts";
import { nativesOf, sourceOf, type Source } from "./source.ts";

/**
 * Makes a session with another agent that goes on from a conversation. The source is only read; nobody is asked anything,
 * unless its agent is to write the summary.
 * @throws BatonError `session_not_found`, `invalid_argument`, `agent_unavailable`, `agent_auth`, `agent_error`, `cwd_denied`, `access_denied`
 */
export async function prepareHandoff(
  hub: HubState,
  asked: PrepareHandoff,
  { asker }: Pick<RequestContext, "asker">,
): Promise<Handoff> {
  const config = await hub.readConfig(asked.caller.config);
  // Nothing is to be left behind for a task that is refused.
  const access = accessOf(asked);
  if (access !== null) checkAccess(asker, access, config);
  const params = { ...asked, caller: callerOf(hub, asker, asked.caller) };
  const target = await targetOf(hub, params, config);
  const mode = modeOf(hub, params);
  const budget = budgetOf(mode, params, config);
  const source = await sourceOf(hub, { params, asker, config });
  const counted = (place: string) => countedAs(hub.store, place);
  const cwd = await directoryOf(params, { source, asker, config, counted });
  const work: Work = {
    id: newId("s"),
    hub,
    params,
    target,
    source,
    cwd,
    budget,
    at: new Date().toISOString(),
  };
  const made = await MADE_BY[mode](work);
  const session = await stored(work, made, asker);
  const { agent, native_id } = source.transcript.session;
  return {
    ...made.account,
    session: session.id,
    agent: session.agent,
    native_id: session.native_id,
    mode,
    files: made.files,
    from: { agent, native_id },
    command: commandFor(work, session, made.files),
    warnings: [...liveWarning(source), ...made.warnings],
  };
}

function liveWarning({ isLive, driver }: Source): readonly string[] {
  return isLive ? [`${driver.title} has the conversation open: it was read as far as it was written.`] : [];
}

/** The agent that goes on, which has to be there. */
async function targetOf(hub: HubState, { to, caller }: PrepareHandoff, config: Config): Promise<Target> {
  const driver = driverFor(hub, to, config);
  const agentConfig = config.agents[to] ?? DEFAULT_AGENT_CONFIG;
  const { launch } = await prepareLaunch({
    driver,
    caller,
    config: agentConfig,
    agents: namedAgents(config),
    chosen: null,
    privateFolders: [],
    ownFolder: null,
  });
  await driver.find(launch);
  return { driver, env: launch.env };
}

/**
 * What the task may do that goes on; one that is handed on by files has to leave one, and so has to write.
 * @throws BatonError `invalid_argument`
 */
function accessOf({ mode, access }: PrepareHandoff): PrepareHandoff["access"] {
  if (mode !== "artifact") return access;
  if (access !== "read") return access ?? "write";
  throw new BatonError("invalid_argument", "work that is handed on by files leaves a file: it has to write", {
    hint: "Use --access write, or --mode summary for a question.",
  });
}

/** The whole conversation where the target takes it, else a summary. */
function modeOf(hub: HubState, { mode, to, from, summary_by, fields }: PrepareHandoff): HandoffMode {
  nativesOf(hub, from.agent);
  if (mode === "history") nativesOf(hub, to);
  const isForSummary = summary_by === "agent" || fields !== null;
  if (mode === "history" && isForSummary) {
    throw new BatonError("invalid_argument", "a history is carried as it is: it takes no words beside it", {
      hint: "Use --mode summary for that, or say it in the prompt.",
    });
  }
  return mode ?? (isForSummary || !hub.natives.has(to) ? "summary" : "history");
}

function budgetOf(mode: HandoffMode, { budget }: PrepareHandoff, config: Config): number {
  const schema = mode === "history" ? historyBudgetSchema : contextBudgetSchema;
  const parsed = schema.safeParse(
    budget ?? (mode === "history" ? config.handoff.history_tokens : DEFAULT_CONTEXT_BUDGET),
  );
  if (parsed.success) return parsed.data;
  const { minValue, maxValue } = schema;
  throw new BatonError(
    "invalid_argument",
    `the budget of a ${mode} is a whole number of tokens from ${minValue} to ${maxValue}`,
  );
}

interface Standing extends Pick<DirectoryRequest, "asker" | "counted"> {
  readonly source: Source;
  readonly config: Config;
}

/** Where the source was, as long as that is there and the asker may work in it. */
async function directoryOf(
  { cwd: wanted, caller }: PrepareHandoff,
  { source, asker, config, counted }: Standing,
): Promise<string> {
  const own = source.transcript.session.cwd;
  const there = own === null ? null : await realDirectory(own).catch(() => null);
  const cwd = wanted === null ? (there ?? (await realDirectory(caller.cwd))) : await realDirectory(wanted);
  const origin = wanted === null ? "given" : "chosen";
  await checkDirectory({ cwd, counted, origin, asker, caller, access: config.access });
  return cwd;
}

async function stored(work: Work, made: Made, { task }: Asker): Promise<StoredSession> {
  const { id, hub, params, target, source, cwd, at } = work;
  const { agent, native_id, title } = source.transcript.session;
  const places = placesIn({ ...params.caller.env, ...target.env }, target.driver.environment);
  const session: StoredSession = {
    id,
    name: null,
    agent: params.to,
    native_id: made.nativeId,
    cwd,
    scope: await scopeIn(hub.store, cwd),
    title,
    places,
    continued_from: { agent, native_id },
    opening: made.opening,
    made_by: task?.id ?? null,
    created_at: at,
    updated_at: at,
  };
  try {
    hub.store.sessions.insert(session, hostname());
  } catch (error) {
    if (made.file !== null) await rm(made.file, { force: true });
    throw error;
  }
  return session;
}

/** What a person types: the agent's own command where it has the conversation already, else Baton's. */
function commandFor(
  { hub, params, target }: Work,
  session: StoredSession,
  files: HandoffFiles | null,
): string {
  const listed = hub.store.sessions.listed(session.id);
  const { resume } = viewSession(listed, { live: false, driver: target.driver, env: params.caller.env });
  if (files !== null) {
    const named = `--reads ${quotedWord(files.reads)} --writes ${quotedWord(files.writes)}`;
    return `baton delegate ${session.agent} --session ${session.id} ${named} "…"`;
  }
  if (resume === null) return `baton delegate ${session.agent} --session ${session.id} "…"`;
  const there = params.caller.cwd === session.cwd ? "" : `cd ${quotedWord(session.cwd)} && `;
  return there + commandText(resume);
}
