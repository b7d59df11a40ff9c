import { realpath } from "node:fs/promises";
import path from "node:path";
import { DEFAULT_AGENT_CONFIG, type Config } from "../contracts/config.ts";
import { BatonError } from "../contracts/error.ts";
import type { NativeSessionView } from "../contracts/native-session.ts";
import type { RpcParams, RpcResult } from "../contracts/rpc.ts";
import type { ListedNative } from "../store/native.ts";
import { isWithin } from "../core/approval-rules.ts";
import type { RequestContext } from "./request-context.ts";
import { realDirectory, scopeOf } from "./scope.ts";
import { visibleSessions } from "./session-choice.ts";
import type { HubState } from "./state.ts";
import type { Asker } from "./viewer.ts";

type Params = RpcParams<"session.native">;

/** The conversations that the agents have on disk and that the asker may see, the last changed first. */
export async function listNativeSessions(
  hub: HubState,
  params: Params,
  { asker }: Pick<RequestContext, "asker">,
): Promise<RpcResult<"session.native">> {
  const { agent, query, after, limit } = params;
  const config = await hub.readConfig(params.caller.config);
  const { roots, open } = await lookedThrough(hub, params, config);
  const visible = await visibleIds(hub, asker);
  const ids = params.live ? [...open].filter((id) => visible?.includes(id) ?? true) : visible;
  const cwds = await wantedDirectories(hub, { params, asker, roots });
  const rows = hub.store.native.list({ roots, agent, query, cwds, ids, after, limit });
  const items = rows.map((row) => shown(hub, row, { open, config }));
  const last = rows.at(-1);
  const next = rows.length < limit || last === undefined ? null : `${last.agent}:${last.native_id}`;
  return { items, next };
}

/** Brings the index up to date for this caller's agents; gives their folders, and the ids of what is open now. */
async function lookedThrough(hub: HubState, { caller, agent }: Params, config: Config) {
  const agents = hub.native.agents.filter((one) => agent === null || one === agent);
  if (agents.length === 0) throw unknownAgent(hub, agent);
  const looks = agents.map((one) => {
    const env = { ...caller.env, ...(config.agents[one] ?? DEFAULT_AGENT_CONFIG).env };
    return hub.native.look(one, env);
  });
  const found = await Promise.all(looks);
  const held = hub.conversations.open().flatMap((id) => hub.store.sessions.byId(id)?.native_id ?? []);
  return {
    roots: found.flatMap(({ roots }) => roots),
    open: new Set([...found.flatMap(({ open }) => open), ...held]),
  };
}

function unknownAgent(hub: HubState, agent: string | null): BatonError {
  return new BatonError("invalid_argument", `Baton reads no conversations of ${JSON.stringify(agent)}`, {
    hint: `It reads those of ${[...hub.native.agents].join(", ")}.`,
  });
}

/** The agents' own ids that a delegate may see, which are those of its own line; null for who is held by no such list. */
async function visibleIds(hub: HubState, asker: Asker): Promise<readonly string[] | null> {
  if (asker.viewer.kind !== "delegate") return null;
  const { ids } = await visibleSessions(hub.store, asker, asker.task?.cwd ?? "");
  return (ids ?? []).flatMap((id) => hub.store.sessions.byId(id)?.native_id ?? []);
}

interface Wanted {
  readonly params: Params;
  readonly asker: Asker;
  readonly roots: readonly string[];
}

/** The directories whose conversations are wanted and may be seen; null for all of them. */
async function wantedDirectories(
  hub: HubState,
  { params, asker, roots }: Wanted,
): Promise<readonly string[] | null> {
  const { caller, scope, cwd } = params;
  const standing = asker.task?.cwd ?? caller.cwd;
  const { scope: visible } = await visibleSessions(hub.store, asker, standing);
  const repository = scope === "repository" ? await scopeOf(await realDirectory(standing)) : visible;
  if (repository === null && cwd === null) return null;
  const below = cwd === null ? null : await real(path.resolve(caller.cwd, cwd));
  const directories = hub.store.native.directories(roots);
  const fits = await Promise.all(
    directories.map(
      async (directory) =>
        (below === null || isWithin(directory, below)) &&
        (repository === null || (await scopeOf(directory)) === repository),
    ),
  );
  return directories.filter((_, index) => fits[index]);
}

/** A directory may be gone, and its conversations there all the same. */
async function real(directory: string): Promise<string> {
  return realpath(directory).catch(() => directory);
}

interface Looked {
  readonly open: ReadonlySet<string>;
  readonly config: Config;
}

function shown(hub: HubState, row: ListedNative, { open, config }: Looked): NativeSessionView {
  const { agent, native_id, session, name, title, cwd, branch, model, turns, bytes, file, created_at } = row;
  const argv = hub.drivers.get(agent, config)?.resumeArgv(native_id) ?? null;
  return {
    agent,
    native_id,
    session,
    name,
    title,
    cwd,
    branch,
    model,
    turns,
    bytes,
    live: open.has(native_id),
    // They were found where the caller's own environment has them.
    resume: argv === null ? null : { argv: [...argv], env: {} },
    file,
    created_at,
    updated_at: new Date(row.mtime_ms).toISOString(),
  };
}
