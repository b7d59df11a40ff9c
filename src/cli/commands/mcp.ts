import { flushCompileCache } from "node:module";
import path from "node:path";
import { BatonError } from "../../contracts/error.ts";
import type { Who } from "../../contracts/http.ts";
import { accessSchema } from "../../contracts/task.ts";
import type { Call } from "../../mcp/call.ts";
import type { FrontEnd } from "../../mcp/front-end.ts";
import { clientSessionOf } from "../../mcp/identity.ts";
import { BATON_PROFILE, type Profile } from "../../mcp/server.ts";
import { serveStdio } from "../../mcp/stdio.ts";
import { durationOption } from "../options.ts";
import { thisProgram } from "../this-program.ts";
import { VERSION } from "../version.ts";

export interface McpOptions {
  readonly home?: string;
  readonly config?: string;
  readonly maxWait?: string;
  readonly profile?: string;
  /** The access of the task that this server is for: the hub starts it for an agent of its own. */
  readonly child?: string;
}

/** Long after the handshake, long before most sessions are over. */
const FLUSH_AFTER_MS = 2_000;

/** `baton mcp`: the MCP server that an agent's configuration starts. */
export async function serve(options: McpOptions): Promise<number> {
  const maxWaitMs = durationOption("--max-wait", options.maxWait);
  // A client may kill its servers, and then the next start would compile everything again.
  setTimeout(() => flushCompileCache(), FLUSH_AFTER_MS).unref();
  const profile = await profileNamed(options.profile ?? BATON_PROFILE.name);
  let frontEnds: ReturnType<typeof openFrontEnds> | null = null;
  const frontEnd = async (call: Call) => (await (frontEnds ??= openFrontEnds(options, maxWaitMs)))(call);
  await serveStdio({ version: VERSION, profile, frontEnd }, whoOf(options));
  // What the front end has open must not keep a server whose client is gone.
  process.exit(0);
}

/** What a child is shown; who really calls the hub finds out. */
function whoOf({ child }: McpOptions): Who {
  const access = accessSchema.optional().parse(child);
  if (access === undefined) return { kind: "owner" };
  return { kind: "child", session: "", access, cwd: process.cwd(), revoked: new AbortController().signal };
}

/** @throws BatonError `invalid_argument` */
async function profileNamed(name: string): Promise<Profile> {
  if (name === BATON_PROFILE.name) return BATON_PROFILE;
  if (name === "codex") return (await import("../../mcp/codex-profile/profile.ts")).CODEX_PROFILE;
  throw new BatonError("invalid_argument", `there is no profile ${JSON.stringify(name)}`, {
    hint: "Baton has: baton, codex.",
  });
}

async function openFrontEnds(options: McpOptions, maxWaitMs: number | null) {
  const [client, { callerFor, observer }, { lookAround }, given, { configOf, homeOf }] = await Promise.all([
    import("../../client/client.ts"),
    import("../../client/caller.ts"),
    import("../../client/origin.ts"),
    import("../../client/given.ts"),
    import("../../process/places.ts"),
  ]);
  const { claudeProcess, claudeSessionNow, givenToBaton } = given;
  const { env } = process;
  const cwd = process.cwd();
  const home = options.home === undefined ? homeOf(env) : path.resolve(options.home);
  const config = options.config === undefined ? configOf(env) : path.resolve(options.config);
  const connection = client.createClient({ home, config, version: VERSION, entry: thisProgram(), env });
  // The processes around a server stay what they are.
  const around = lookAround(env, "server", config);
  let claude: Promise<number> | null = null;
  const claudePid = () => (claude ??= claudeProcess(process.pid, process.ppid));
  return (call: Call): FrontEnd => ({
    client: connection.as(async () => {
      const now = call.client === "claude-code" ? await claudeSessionNow(env, await claudePid()) : null;
      return { ...(await around), client: clientSessionOf(call, env, now) };
    }),
    callerAt: async ({ cwd: at, workspaces }) =>
      callerFor(env, { cwd: at, workspaces, config, named: await givenToBaton(call.client, env, cwd) }),
    observer: ({ cwd: at, workspaces }) => observer(env, { cwd: at, workspaces, config }),
    env,
    cwd,
    maxWaitMs,
  });
}
