import type { NativeAccess } from "../../agents/natives.ts";
import type { Driver, Launch } from "../../agents/driver.ts";
import { DEFAULT_AGENT_CONFIG, namedAgents, type Config } from "../../contracts/config.ts";
import { BatonError } from "../../contracts/error.ts";
import type { PrepareHandoff } from "../../contracts/rpc.ts";
import { isWithin } from "../../core/approval-rules.ts";
import type { Transcript } from "../../core/transcript.ts";
import type { ListedNative } from "../../store/native.ts";
import type { StoredSession } from "../../store/sessions.ts";
import { prepareLaunch } from "../launch.ts";
import { realDirectory } from "../scope.ts";
import { assertVisible, atPlaces, findSession, scopeIn } from "../session-choice.ts";
import { driverFor } from "../start-task.ts";
import type { HubState } from "../state.ts";
import type { Asker } from "../viewer.ts";

/** A conversation that the asker may hand on. */
export interface Source {
  readonly driver: Driver;
  readonly transcript: Transcript;
  /** Somebody may still be writing to it. */
  readonly isLive: boolean;
  /** What its agent is started with where it has it. */
  readonly launch: Launch;
}

export interface SourceRequest {
  readonly params: PrepareHandoff;
  readonly asker: Asker;
  readonly config: Config;
}

/**
 * Finds the conversation that is handed on, whether or not Baton has begun it, and holds the asker to what they may see.
 * @throws BatonError `session_not_found`, `invalid_argument`
 */
export async function sourceOf(hub: HubState, request: SourceRequest): Promise<Source> {
  const { params, asker, config } = request;
  const { agent, session: reference } = params.from;
  const driver = driverFor(hub, agent, config);
  const { reader } = nativesOf(hub, agent);
  const cwd = await realDirectory(asker.task?.cwd ?? params.caller.cwd);
  const known =
    reference === null
      ? null
      : findSession(hub.store, reference, { agent, scope: await scopeIn(hub.store, cwd) });
  const launch = await launchOf(hub, driver, { ...request, known });
  const { roots, open } = await hub.native.look(agent, launch.env);
  const ids = reference === null ? null : [nativeIdOf(agent, reference, known)];
  const cwds = reference === null ? [cwd] : null;
  const [row] = hub.store.native.list({ roots, agent, query: null, cwds, ids, after: null, limit: 1 });
  const root = roots.find((folder) => row !== undefined && isWithin(row.file, folder));
  if (row === undefined || root === undefined) throw notFound(agent, reference, cwd);
  const session = known ?? hub.store.sessions.byNativeId(agent, row.native_id);
  await assertTheirs(hub, { asker, session, row, cwd, reference });
  const transcript = await reader.read({ ...row, root });
  const isOurs = session !== null && hub.dispatcher.runningIn(session.id) !== null;
  return { driver, transcript, isLive: isOurs || open.includes(row.native_id), launch };
}

/**
 * How the conversations of an agent are read and written.
 * @throws BatonError `invalid_argument` for an agent whose conversations Baton cannot read
 */
export function nativesOf(hub: HubState, agent: string): NativeAccess {
  const natives = hub.natives.get(agent);
  if (natives !== undefined) return natives;
  const known = [...hub.natives.keys()].join(", ");
  throw new BatonError("invalid_argument", `Baton cannot read the conversations of ${agent}`, {
    hint: `It reads those of ${known}.`,
  });
}

async function launchOf(
  hub: HubState,
  driver: Driver,
  { params, config, known }: SourceRequest & { readonly known: StoredSession | null },
): Promise<Launch> {
  const { launch } = await prepareLaunch({
    driver,
    caller: params.caller,
    config: config.agents[driver.agent] ?? DEFAULT_AGENT_CONFIG,
    agents: namedAgents(config),
    chosen: null,
    privateFolders: [hub.places.home],
    ownFolder: null,
  });
  return known === null ? launch : { ...launch, env: atPlaces(launch.env, known.places) };
}

/** @throws BatonError `invalid_argument` */
function nativeIdOf(agent: string, reference: string, known: StoredSession | null): string {
  if (known === null) return /^[0-9a-f-]{36}$/i.test(reference) ? reference.toLowerCase() : reference;
  if (known.agent !== agent) {
    throw new BatonError(
      "invalid_argument",
      `session ${reference} is a conversation with ${known.agent}, not with ${agent}`,
      { hint: `Hand it on with --from ${known.agent}:${reference}.` },
    );
  }
  if (known.native_id !== null) return known.native_id;
  throw new BatonError(
    "invalid_argument",
    `the session ${reference} has not begun yet: there is nothing to hand on`,
  );
}

interface Sight {
  readonly asker: Asker;
  readonly session: StoredSession | null;
  readonly row: ListedNative;
  readonly cwd: string;
  readonly reference: string | null;
}

/**
 * A session of ours is its viewer's to hand on. One that Baton does not know is a person's, and an agent's session's where
 * it was in the same repository; a delegate's never.
 */
async function assertTheirs(hub: HubState, { asker, session, row, cwd, reference }: Sight): Promise<void> {
  const { kind } = asker.viewer;
  if (session !== null) return assertVisible(hub.store, { session, asker, cwd });
  if (kind === "person") return;
  const real = row.cwd === null ? null : await realDirectory(row.cwd).catch(() => null);
  const scope = real === null ? null : await scopeIn(hub.store, real);
  if (kind === "agent" && scope === (await scopeIn(hub.store, cwd))) return;
  throw notFound(row.agent, reference, cwd);
}

function notFound(agent: string, reference: string | null, cwd: string): BatonError {
  if (reference === null) {
    return new BatonError("session_not_found", `${agent} has no conversation in ${cwd} yet`, {
      hint: `Name one by its id: --from ${agent}:ID.`,
    });
  }
  return new BatonError(
    "session_not_found",
    `${agent} has no conversation ${JSON.stringify(reference.slice(0, 80))} that this caller can see`,
    {
      hint: `Leave the id out for its newest one in this directory: --from ${agent}.`,
    },
  );
}
