import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "smol-toml";
import { z } from "zod";
import { codexHomeOf } from "../agents/codex/environment.ts";
import type { Environment } from "../agents/driver.ts";
import { allEnvironmentNeeds } from "../agents/environments.ts";
import { isBatonServer } from "../agents/own-server.ts";
import { NO_OBSERVER, startJsonChild } from "../process/child.ts";
import { BASE_VARIABLES, isNamed, pickEnvironment } from "../process/environment.ts";
import { findExecutable } from "../process/executable.ts";
import { execute } from "../process/execute.ts";
import type { Connection, Registration } from "./facts.ts";
import { limited } from "./limited.ts";

type Variables = Readonly<Record<string, string | undefined>>;

const names = z.array(z.union([z.string(), z.looseObject({ name: z.string() })])).nullish();
const serverSchema = z.looseObject({
  command: z.string().nullish(),
  args: z.array(z.string()).nullish(),
  env: z.record(z.string(), z.string()).nullish(),
  env_vars: names,
  url: z.string().nullish(),
  enabled: z.boolean().nullish(),
  tool_timeout_sec: z.number().nullish(),
  default_tools_approval_mode: z.string().nullish(),
});
type CodexServer = z.infer<typeof serverSchema>;

/** What a stdio server gets of the environment of Codex 0.169.0 by itself. */
const CODEX_PASSES = ["HOME", "LANG", "PATH", "SHELL", "TERM", "SSL_CERT_FILE", "SSL_CERT_DIR"];

export interface Looking {
  readonly env: Variables;
  readonly cwd: string;
  readonly limitMs: number;
}

/** Baton among the MCP servers that Codex says it has, started as Codex starts it. */
export async function codexRegistration(
  servers: Readonly<Record<string, unknown>>,
  codexEnv: Environment,
  looking: Looking,
): Promise<Registration | null> {
  const [name, definition] = Object.entries(servers).find((server) => isBatonServer(...server)) ?? [];
  const server = serverSchema.safeParse(definition).data;
  if (name === undefined || server === undefined) return null;
  const passed = (server.env_vars ?? []).map((variable) =>
    typeof variable === "string" ? variable : variable.name,
  );
  const given = [...passed, ...Object.keys(server.env ?? {})];
  return {
    name,
    isEnabled: server.enabled !== false,
    connection: await connectionOf(server, passed, looking),
    toolTimeoutSeconds: server.tool_timeout_sec ?? null,
    isTimeoutInteger: await isTimeoutInteger(name, codexEnv),
    missingVariables: server.url === undefined || server.url === null ? missingIn(looking.env, given) : [],
    isApproved: (server.default_tools_approval_mode ?? null) === "approve",
  };
}

/** What Baton and its agents would take from this environment, beyond what is passed on. */
export function missingIn(env: Variables, given: readonly string[]): readonly string[] {
  const agents = allEnvironmentNeeds().flatMap(({ own, places, executable }) => [
    ...own,
    ...places,
    executable,
  ]);
  const proxies = BASE_VARIABLES.filter((name) => /proxy$/i.test(name));
  const wanted = [...agents, ...proxies, "BATON_HOME", "BATON_CONFIG", "XDG_CONFIG_HOME", "XDG_STATE_HOME"];
  const present = Object.keys(env).filter((name) => (env[name] ?? "") !== "" && isNamed(name, wanted));
  return present.filter((name) => !given.includes(name)).sort();
}

const HANDSHAKE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "baton-doctor", version: "0" },
  },
};
const greetingSchema = z.looseObject({
  result: z.looseObject({ serverInfo: z.looseObject({ name: z.string() }) }),
});

/** Starts the server with what the agent would give it, and waits until it has answered the handshake. */
export async function connectionOf(
  { command, args, env, url }: Pick<CodexServer, "command" | "args" | "env" | "url">,
  passed: readonly string[],
  looking: Looking,
): Promise<Connection> {
  if (url !== null && url !== undefined) return { works: true, ms: null };
  if (command === null || command === undefined) return { works: false, why: "it names no command" };
  const given = { ...pickEnvironment(looking.env, [...CODEX_PASSES, ...passed]), ...env };
  const program = await findExecutable(command, given);
  if (program === null) return { works: false, why: `there is no program ${command}` };
  const started = performance.now();
  const greeted = Promise.withResolvers<boolean>();
  const child = startJsonChild({
    observer: NO_OBSERVER,
    argv: [program, ...(args ?? [])],
    cwd: looking.cwd,
    env: given,
    onLine: (line) => {
      if (line.kind === "json" && greetingSchema.safeParse(line.value).success) greeted.resolve(true);
    },
  });
  void child.exited.then(() => greeted.resolve(false));
  child.send(HANDSHAKE);
  const answer = await limited(greeted.promise, looking.limitMs);
  const ms = Math.round(performance.now() - started);
  await child.stop();
  if (answer === true) return { works: true, ms };
  const said = child.stderr().trim().split("\n").at(-1) ?? "";
  const silent = answer === null ? "it does not answer" : "it ends without an answer";
  return { works: false, why: said === "" ? silent : said };
}

/** Whether Codex's own file has the limit as an integer; JSON, which its app-server speaks, does not tell. */
async function isTimeoutInteger(name: string, env: Environment): Promise<boolean> {
  try {
    const text = await readFile(path.join(codexHomeOf(env), "config.toml"), "utf8");
    const { mcp_servers } = parse(text, { integersAsBigInt: true });
    const servers = z.record(z.string(), z.looseObject({})).parse(mcp_servers);
    return typeof servers[name]?.["tool_timeout_sec"] === "bigint";
  } catch {
    return false;
  }
}

/** Baton as `claude mcp get` (2.1.330) tells it, which starts the server to see whether it answers. */
export async function claudeRegistration(program: string, looking: Looking): Promise<Registration | null> {
  const ask = async (name: string) => execute({ ...looking, argv: [program, "mcp", "get", name] });
  const direct = await ask("baton");
  if (direct.isLate) return withConnection("baton", { works: false, why: "it does not answer" }, null);
  if (direct.code === 0) return claudeRegistrationIn("baton", direct.stdout);
  const list = await execute({ ...looking, argv: [program, "mcp", "list"] });
  const name = nameInList(list.stdout);
  if (name === null) return null;
  const found = await ask(name);
  return found.code === 0 ? claudeRegistrationIn(name, found.stdout) : null;
}

/** A server in the list of `claude mcp list` that is Baton under another name, a plugin's among them. */
export function nameInList(text: string): string | null {
  for (const line of text.split("\n")) {
    const [, name, command] = /^(\S+): (.+?)(?: - .*)?$/.exec(line) ?? [];
    if (name === undefined || command === undefined) continue;
    const words = command.split(" ");
    const definition = { command: words[0], args: words.slice(1) };
    if (isBatonServer(name.split(":").at(-1) ?? name, definition)) return name;
  }
  return null;
}

/** Reads what `claude mcp get` (2.1.330) prints. */
export function claudeRegistrationIn(name: string, text: string): Registration {
  const field = (label: string) => new RegExp(`^\\s*${label}:\\s*(.+)$`, "m").exec(text)?.[1]?.trim() ?? null;
  const status = field("Status") ?? "";
  const timeout = /^(\d+)ms$/.exec(field("Timeout") ?? "")?.[1];
  const connection: Connection = /connected/i.test(status)
    ? { works: true, ms: null }
    : { works: false, why: field("Issue") ?? status.replace(/^\W+/, "") };
  const isOff = /disabled|rejected/i.test(status);
  return { ...withConnection(name, connection, timeout ?? null), isEnabled: !isOff };
}

function withConnection(name: string, connection: Connection, timeout: string | null): Registration {
  return {
    name,
    isEnabled: true,
    connection,
    toolTimeoutSeconds: timeout === null ? null : Number(timeout) / 1_000,
    isTimeoutInteger: false,
    missingVariables: [],
    isApproved: null,
  };
}
