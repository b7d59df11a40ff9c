import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { DescribeRequest, Driver, Launch } from "../agents/driver.ts";
import type { AgentConfig } from "../contracts/config.ts";
import { BatonError, errorOf, type TaskError } from "../contracts/error.ts";
import { findExecutable } from "../process/executable.ts";
import { limit } from "../process/limit.ts";
import { execute, type Execution } from "../process/execute.ts";
import type { AgentFacts, Opening, Program, Registration } from "./facts.ts";
import { geminiRegistration } from "./gemini-registration.ts";
import { claudeRegistration, codexRegistration } from "./registration.ts";
import { versionIn } from "./version-number.ts";
import { isTooOld, minimumOf } from "./versions.ts";

/** The longest that any one probe of the doctor may take; far more than a healthy agent on a busy machine needs. */
const LIMIT_MS = 45_000;
/** Whoever only wants a list does not wait that long for one that hangs. */
const LEAN_LIMIT_MS = 15_000;

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
    silent: null,
    opening: null,
    hasLogin: false,
    auth,
    withheld,
    registration: null,
    sandbox: null,
    toolTimeoutMs: null,
  };
  const found = await programOf(driver, launch);
  if (!("path" in found)) return { ...base, missing: found };
  const limitMs = probing.depth === "whole" ? LIMIT_MS : LEAN_LIMIT_MS;
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), "baton-doctor-")));
  try {
    const version = await versionOf(driver.agent, found, { env: launch.env, cwd: folder, limitMs });
    const hasLogin = await driver.environment.hasLogin(launch.env);
    const known = { ...base, program: found, version, hasLogin };
    // What is too old is not asked for what it cannot do: some take `app-server` for a prompt.
    if (isTooOld(driver.agent, version)) return known;
    const asking = { program: found.path, launch, folder };
    const describing = describe(driver, { launch, cwd: folder, limitMs });
    const [described, registration, whole] = await Promise.all([
      describing,
      registrationOf(driver.agent, describing, { ...probing, ...asking }),
      probing.depth === "whole" ? wholeOf(prepared, probing, asking) : null,
    ]);
    const told = described.says?.version ?? null;
    return { ...known, ...described, ...whole, version: version ?? told, registration };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Null for an agent of the config's: what its command starts need not be the agent, nor know the flag. */
async function versionOf(
  agent: string,
  program: Program,
  at: Pick<Execution, "env" | "cwd" | "limitMs">,
): Promise<string | null> {
  if (minimumOf(agent) === null) return null;
  const said = await execute({ argv: [program.path, "--version"], ...at });
  return said.code === 0 ? versionIn(said.stdout) : null;
}

async function programOf(driver: Driver, launch: Launch): Promise<Program | TaskError> {
  try {
    const program = await driver.find(launch);
    const found = await findExecutable(launch.executable ?? driver.agent, launch.env);
    return { path: program, launcher: found === null || found === program ? null : found };
  } catch (error) {
    return errorOf(error, "agent_unavailable");
  }
}

async function describe(
  driver: Driver,
  request: DescribeRequest,
): Promise<Pick<AgentFacts, "says" | "silent">> {
  return driver.describe(request).then(
    (says) => ({ says, silent: null }),
    (error: unknown) => ({ says: null, silent: errorOf(error, "agent_unavailable") }),
  );
}

interface Asking {
  readonly program: string;
  readonly launch: Launch;
  readonly folder: string;
}

/** What more the doctor wants to know. */
async function wholeOf(
  prepared: PreparedAgent,
  { env }: Probing,
  { program, launch, folder }: Asking,
): Promise<Pick<AgentFacts, "opening" | "sandbox" | "toolTimeoutMs">> {
  const { agent } = prepared.driver;
  const [opening, sandbox] = await Promise.all([
    open(prepared, folder),
    agent === "codex" ? sandboxOf(program, launch, folder) : null,
  ]);
  return { opening, sandbox, toolTimeoutMs: agent === "claude" ? timeoutIn(env) : null };
}

async function registrationOf(
  agent: string,
  describing: Promise<Pick<AgentFacts, "says">>,
  { env, cwd, depth, program, launch }: Probing & Asking,
): Promise<Registration | null> {
  if (depth === "lean") return null;
  const looking = { env, cwd, limitMs: LIMIT_MS };
  if (agent === "claude") return claudeRegistration(program, looking);
  if (agent === "gemini") return geminiRegistration(launch.env, looking);
  const servers = (await describing).says?.mcpServers ?? null;
  return servers === null ? null : codexRegistration(servers, launch.env, looking);
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
