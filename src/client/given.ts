import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { isBatonServer } from "../agents/own-server.ts";
import { ancestorsOf } from "../process/ancestry.ts";
import { BASE_VARIABLES, isNamed } from "../process/environment.ts";

type Variables = Readonly<Record<string, string | undefined>>;

const serversSchema = z.record(z.string(), z.unknown()).catch({});
const claudeSchema = z.looseObject({
  mcpServers: serversSchema,
  projects: z.record(z.string(), z.looseObject({ mcpServers: serversSchema })).catch({}),
});
const definitionSchema = z.looseObject({ env: z.record(z.string(), z.unknown()).catch({}) });

/** Set by our plugin for Codex: the variables that it names are our choice and not the user's. */
const BY_PLUGIN = "BATON_BY_PLUGIN";

/**
 * The variables that the user has given to Baton by name in the configuration of its client: those count as meant, the
 * rest as merely inherited. Codex 0.169.0 starts a server with nothing beyond the base but what its configuration names;
 * Claude Code 2.1.330 passes everything on, so there its own file tells.
 */
export async function givenToBaton(client: string, env: Variables, cwd: string): Promise<readonly string[]> {
  const ours = (names: readonly string[]) => names.filter((name) => !name.startsWith("BATON_"));
  if (client === "codex-mcp-client") {
    if (env[BY_PLUGIN] !== undefined) return [];
    return ours(Object.keys(env).filter((name) => !isNamed(name, BASE_VARIABLES) && name !== "TERM"));
  }
  return client === "claude-code" ? ours(await namedInClaude(env, cwd)) : [];
}

async function namedInClaude(env: Variables, cwd: string): Promise<readonly string[]> {
  const folder = env["CLAUDE_CONFIG_DIR"] ?? env["HOME"] ?? homedir();
  const text = await readFile(path.join(folder, ".claude.json"), "utf8").catch(() => "{}");
  const { mcpServers, projects } = claudeSchema.parse(parsed(text));
  const servers = [...Object.entries(mcpServers), ...Object.entries(projects[cwd]?.mcpServers ?? {})];
  return servers
    .filter(([name, definition]) => isBatonServer(name, definition))
    .flatMap(([, definition]) => Object.keys(definitionSchema.safeParse(definition).data?.env ?? {}));
}

const registeredSchema = z.looseObject({ sessionId: z.string() });

/** The Claude Code that has started this process, perhaps through npx and a shell; else whatever has started it. */
export async function claudeProcess(pid: number, parent: number): Promise<number> {
  const around = await ancestorsOf(pid);
  return around.find(({ program }) => program === "claude")?.pid ?? parent;
}

/**
 * The session that a Claude Code is in now, from the file that it keeps of itself (2.1.330, undocumented): it changes with
 * `/clear`, `/resume` and `/branch`, which start no server anew. Null when there is none.
 */
export async function claudeSessionNow(env: Variables, pid: number): Promise<string | null> {
  const folder = env["CLAUDE_CONFIG_DIR"] ?? path.join(env["HOME"] ?? homedir(), ".claude");
  const text = await readFile(path.join(folder, "sessions", `${pid}.json`), "utf8").catch(() => "{}");
  return registeredSchema.safeParse(parsed(text)).data?.sessionId ?? null;
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
