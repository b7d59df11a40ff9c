import { flushCompileCache } from "node:module";
import path from "node:path";
import { serveStdio } from "../../mcp/server.ts";
import { durationOption } from "../options.ts";
import { thisProgram } from "../this-program.ts";
import { VERSION } from "../version.ts";

export interface McpOptions {
  readonly home?: string;
  readonly config?: string;
  readonly maxWait?: string;
}

/** Long after the handshake, long before most sessions are over. */
const FLUSH_AFTER_MS = 2_000;

/** `baton mcp`: the MCP server that an agent's configuration starts. */
export async function serve(options: McpOptions): Promise<number> {
  const maxWaitMs = durationOption("--max-wait", options.maxWait);
  // A client may kill its servers, and then the next start would compile everything again.
  setTimeout(() => flushCompileCache(), FLUSH_AFTER_MS).unref();
  await serveStdio({ version: VERSION, frontEnd: once(() => openFrontEnd(options, maxWaitMs)) });
  // What the front end has open must not keep a server whose client is gone.
  process.exit(0);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}

async function openFrontEnd(options: McpOptions, maxWaitMs: number | null) {
  const [{ createClient }, { callerFor, observer }, { configOf, homeOf }] = await Promise.all([
    import("../../client/client.ts"),
    import("../../client/caller.ts"),
    import("../../process/places.ts"),
  ]);
  const { env } = process;
  const cwd = process.cwd();
  const home = options.home === undefined ? homeOf(env) : path.resolve(options.home);
  const config = options.config === undefined ? configOf(env) : path.resolve(options.config);
  return {
    client: createClient({ home, config, version: VERSION, entry: thisProgram(), env }),
    callerFor: (agent: string, standing: { cwd: string; root: string }) =>
      callerFor(agent, env, { ...standing, config, front_end: "server" }),
    observer: (standing: { cwd: string; root: string }) =>
      observer(env, { ...standing, config, front_end: "server" }),
    env,
    cwd,
    maxWaitMs,
  };
}
