import { callerFor } from "../../client/caller.ts";
import { DEFAULT_AGENT_CONFIG, DEFAULT_CONFIG, namedAgents, type Config } from "../../contracts/config.ts";
import { errorOf, EXIT_CODE_BY_ERROR, type TaskError } from "../../contracts/error.ts";
import type { Finding, FindingLevel } from "../../contracts/finding.ts";
import { withoutControls } from "../../core/text.ts";
import { isUnusable } from "../../doctor/agent-findings.ts";
import { assumed, chartOf, type ChartRow, type Versions } from "../../doctor/chart.ts";
import { examine, probeAgents, type Surgery } from "../../doctor/doctor.ts";
import { createConfigReader } from "../../process/config-file.ts";
import { prepareLaunch } from "../../hub/launch.ts";
import { homeOf } from "../../process/places.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit.ts";
import { print, printJson, styled } from "../output.ts";
import { thisProgram } from "../this-program.ts";
import { VERSION } from "../version.ts";

export interface DoctorOptions {
  readonly live?: true;
  readonly fix?: true;
  readonly chart?: true;
  readonly assume: readonly string[];
  readonly json?: true;
  /** Whether this program has a command. */
  readonly hasCommand: (name: string) => boolean;
}

/** `baton doctor`: proves that each agent works with Baton. */
export async function doctor(
  context: CommandContext,
  agents: readonly string[],
  options: DoctorOptions,
): Promise<number> {
  const { surgery } = await surgeryFor(context, options.hasCommand);
  if (options.chart === true || options.assume.length > 0) {
    const versions = options.assume.length > 0 ? assumed(options.assume) : await installed(surgery, agents);
    showChart(chartOf(versions), options);
    return EXIT.ok;
  }
  const findings = await examine(surgery, {
    agents,
    live: options.live === true ? "live" : "offline",
    fix: options.fix === true ? "fix" : "look",
  });
  if (options.json === true) printJson({ items: findings, next: null });
  else for (const finding of findings) show(finding);
  return exitCodeOf(findings, agents);
}

/** Whether something fails, and whether that is an agent that was named and cannot be used at all. */
function exitCodeOf(findings: readonly Finding[], agents: readonly string[]): number {
  if (findings.some((finding) => isUnusable(finding, agents))) return EXIT_CODE_BY_ERROR.agent_unavailable;
  return findings.some(({ level }) => level === "fail") ? EXIT.failed : EXIT.ok;
}

/** What the doctor is given by a command; also what the config says, with its defaults where it cannot be used. */
export async function surgeryFor(
  { client, config: file, cwd, env }: CommandContext,
  hasCommand: DoctorOptions["hasCommand"],
): Promise<{ readonly surgery: Surgery; readonly config: Config }> {
  const read = await readConfig(file);
  const home = homeOf(env);
  const caller = await callerFor(env, { cwd, config: file });
  const { node, script } = thisProgram();
  const surgery: Surgery = {
    env,
    cwd,
    home,
    version: VERSION,
    self: [node, script],
    agents: read.config.agents,
    config: { file, isThere: read.config !== DEFAULT_CONFIG, error: read.error },
    hubStatus: async () => client.callRunning("hub.status", {}),
    stopIdleHub: async () => void (await client.callRunning("hub.stop", { when: "idle" })),
    hasCommand,
    prepare: async (driver) => {
      const config = read.config.agents[driver.agent] ?? DEFAULT_AGENT_CONFIG;
      const prepared = await prepareLaunch({
        driver,
        caller,
        config,
        agents: namedAgents(read.config),
        chosen: null,
        privateFolders: [home],
        ownFolder: null,
      });
      return { ...prepared, auth: config.auth };
    },
  };
  return { surgery, config: read.config };
}

/** A config that cannot be used is a finding, and the rest is looked at with the defaults. */
async function readConfig(
  file: string,
): Promise<{ readonly config: Config; readonly error: TaskError | null }> {
  try {
    return { config: await createConfigReader()(file), error: null };
  } catch (error) {
    return { config: DEFAULT_CONFIG, error: errorOf(error, "invalid_argument") };
  }
}

async function installed(surgery: Surgery, agents: readonly string[]): Promise<Versions> {
  const facts = await probeAgents(surgery, agents, "lean");
  return Object.fromEntries(facts.map(({ agent, version }) => [agent, version]));
}

const MARKS: Readonly<Record<FindingLevel, string>> = {
  ok: styled("green", "ok  "),
  warn: styled("yellow", "warn"),
  fail: styled("red", "fail"),
};

function show({ level, code, message, fix }: Finding): void {
  print(`${MARKS[level]} ${withoutControls(message)}${level === "ok" ? "" : ` (${code})`}`);
  if (fix !== null) print(`     ${withoutControls(fix)}`);
}

function showChart(rows: readonly ChartRow[], { json }: Pick<DoctorOptions, "json">): void {
  if (json === true) {
    const items = rows.map(({ isUsable, ...row }) => ({ ...row, usable: isUsable }));
    printJson({ items, next: null });
    return;
  }
  for (const { agent, from, until, version, can, approach } of rows) {
    const range = until === null ? `${from} and later` : `${from} until ${until}`;
    const abilities = Object.keys(can).filter((name) => can[name] === true);
    const line = `${agent} ${range}${version === null ? "" : `   <- ${version}`}`;
    print(version === null ? line : styled("bold", line));
    print(`     ${abilities.length === 0 ? "nothing" : abilities.join(", ")}`);
    print(`     ${approach}`);
  }
}
