import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { findClaude } from "../agents/claude/executable.ts";
import { findCodex } from "../agents/codex/executable.ts";
import type { Driver, Launch } from "../agents/driver.ts";
import type { AgentConfig } from "../contracts/config.ts";
import { BatonError, errorOf, type TaskError } from "../contracts/error.ts";
import { findExecutable } from "../process/executable.ts";
import { limit } from "../process/limit.ts";
import { askClaude } from "./claude-says.ts";
import { askCodex } from "./codex-says.ts";
import { execute } from "./execute.ts";
import type { AgentFacts, AgentSays, Opening, Program, Registration } from "./facts.ts";
import { claudeRegistration, codexRegistration } from "./registration.ts";
import { versionIn } from "./version-number.ts";
import { isTooOld } from "./versions.ts";

/** The longest that any one probe may take; far more than a healthy agent on a busy machine needs. */
const LIMIT_MS = 45_000;

/** What an agent would be started with for a task of this caller. */
export interface PreparedAgent {
  readonly driver: Driver;
  readonly launch: Launch;
  readonly withheld: readonly string[];
  readonly auth: AgentConfig["auth"];
}

export interface Probing {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly isNamed: boolean;
  /** Only what the agent says of itself: no conversation, no registration. */
  readonly depth: "lean" | "whole";
}

const FIND: Readonly<Record<string, (launch: Launch) => Promise<string>>> = {
  claude: findClaude,
  codex: findCodex,
};

/** Finds out about one agent; costs no call of a model, and changes nothing of the user's. */
export async function probe(prepared: PreparedAgent, probing: Probing): Promise<AgentFacts> {
  const { driver, launch, withheld, auth } = prepared;
  const base: AgentFacts = {
    agent: driver.agent,
    title: driver.title,
    isNamed: probing.isNamed,
    program: null,
    missing: null,
    version: null,
    says: null,
    opening: null,
    hasLogin: false,
    auth,
    withheld,
    registration: null,
    sandbox: null,
    toolTimeoutMs: null,
  };
  const found = await programOf(driver.agent, launch);
  if (!("path" in found)) return { ...base, missing: found };
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), "baton-doctor-")));
  try {
    const said = await execute({
      argv: [found.path, "--version"],
      cwd: folder,
      env: launch.env,
      limitMs: LIMIT_MS,
    });
    const version = said.code === 0 ? versionIn(said.stdout) : null;
    const known = {
      ...base,
      program: found,
      version,
      hasLogin: await driver.environment.hasLogin(launch.env),
    };
    // What is too old is not asked for what it cannot do: some take `app-server` for a prompt.
    if (isTooOld(driver.agent, version)) return known;
    const whole = probing.depth === "whole";
    const [asked, opening, sandbox] = await Promise.all([
      ask(prepared, found.path, { ...probing, folder }),
      whole ? open(prepared, folder) : null,
      whole && driver.agent === "codex" ? sandboxOf(found.path, launch, folder) : null,
    ]);
    const toolTimeoutMs = driver.agent === "claude" ? timeoutIn(probing.env) : null;
    return { ...known, ...asked, opening, sandbox, toolTimeoutMs };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function programOf(agent: string, launch: Launch): Promise<Program | TaskError> {
  try {
    const program = await (FIND[agent]?.(launch) ?? Promise.reject(new Error(`no way to find ${agent}`)));
    const found = await findExecutable(launch.executable ?? agent, launch.env);
    return { path: program, launcher: found === null || found === program ? null : found };
  } catch (error) {
    return errorOf(error, "agent_unavailable");
  }
}

interface Asking extends Probing {
  readonly folder: string;
}

interface Asked {
  readonly says: AgentSays | null;
  readonly registration: Registration | null;
}

async function ask(prepared: PreparedAgent, program: string, asking: Asking): Promise<Asked> {
  const { driver, launch } = prepared;
  const { env, cwd, depth, folder } = asking;
  const looking = { env, cwd, limitMs: LIMIT_MS };
  if (driver.agent === "claude") {
    const [says, registration] = await Promise.all([
      askClaude(program, launch.env, { cwd: folder, limitMs: LIMIT_MS }),
      depth === "whole" ? claudeRegistration(program, looking) : null,
    ]);
    return { says, registration };
  }
  const { says, servers } = await askCodex(program, launch.env, LIMIT_MS);
  const isWanted = depth === "whole" && servers !== null;
  return { says, registration: isWanted ? await codexRegistration(servers, launch.env, looking) : null };
}

/** Opens a conversation exactly as a task that only reads has it, and lets go of it. */
async function open({ driver, launch }: PreparedAgent, cwd: string): Promise<Opening> {
  const started = performance.now();
  const attempt = driver.open({
    launch,
    cwd,
    access: "read",
    nativeId: null,
    model: null,
    effort: null,
    schema: null,
    approvals: "decline",
    briefing: null,
    tools: null,
    depth: 1,
  });
  const late = limit(LIMIT_MS).then(() => {
    throw new BatonError("agent_unavailable", `${driver.title} did not open a conversation in time.`);
  });
  try {
    const conversation = await Promise.race([attempt, late]);
    const ms = Math.round(performance.now() - started);
    await conversation.close();
    return { ms, error: null };
  } catch (error) {
    return { ms: Math.round(performance.now() - started), error: errorOf(error, "agent_unavailable") };
  } finally {
    await driver.close();
  }
}

/** Whether Codex can hold a command in its sandbox here; unknown where this Codex has no such command. */
async function sandboxOf(program: string, launch: Launch, cwd: string): Promise<AgentFacts["sandbox"]> {
  if (process.platform !== "linux") return null;
  const argv = [program, "sandbox", "true"] as const;
  const { code, isLate, stderr } = await execute({ argv, cwd, env: launch.env, limitMs: LIMIT_MS });
  if (isLate || code === 2) return null;
  return { works: code === 0, why: stderr.trim().split("\n").at(-1) ?? "" };
}

function timeoutIn(env: Probing["env"]): number | null {
  const value = Number(env["MCP_TOOL_TIMEOUT"]);
  return value > 0 ? value : null;
}
