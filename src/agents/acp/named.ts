import { BatonError } from "../../contracts/error.ts";
import type { NamedAgent } from "../../contracts/config.ts";
import { findExecutable } from "../../process/executable.ts";
import { withDirectLoopback } from "../environment.ts";
import type { AgentDescription, Launch } from "../driver.ts";
import type { Holding, KnownProgram } from "./known.ts";
import { namedEnvironment, programOf } from "./named-environment.ts";
import { opencode } from "./opencode.ts";
import { standardRules } from "./permissions.ts";
import type { AcpProfile, SessionPlan } from "./profile.ts";
import { genericWords } from "./words.ts";

const KEEP_WARM_MS = 5 * 60_000;
/** How long it has to be quiet after a replay; agents that await it have none left. */
const SETTLE_MS = 150;

/** Programs of which more is known than the config says, by their name. */
const KNOWN: Readonly<Record<string, KnownProgram>> = { opencode };

function knownBehind({ command }: NamedAgent): KnownProgram | null {
  return KNOWN[programOf(command[0])] ?? null;
}

/** An agent that speaks ACP and that the config names, with what is known of its program. */
export function namedProfile(agent: NamedAgent): AcpProfile {
  const known = knownBehind(agent);
  const title = agent.title ?? known?.title ?? agent.name;
  const login = known?.login ?? `Log in with ${title} itself in a terminal.`;
  const generic = genericWords({ title, login });
  return {
    agent: agent.name,
    title,
    environment: namedEnvironment(agent),
    keepWarmMs: KEEP_WARM_MS,
    isExclusive: false,
    words: known === null ? generic : known.words(generic),
    holds: { ...(known?.holds ?? holdsOfAny(title)), ...holdsOfModes(agent, title) },
    tells: known?.tells ?? { usage: false, cost: false },
    find: (launch) => findProgram(agent, title, launch),
    planToDescribe: async ({ launch, cwd }) => ({
      argv: [await findProgram(agent, title, launch), ...agent.command.slice(1)],
      env: { ...withDirectLoopback(launch.env), ...known?.scratch(cwd) },
      cwd,
      sharing: "alone",
      starts: known?.starts ?? "together",
    }),
    resumeArgv: (nativeId) => {
      if (agent.resume !== undefined) return agent.resume.map((part) => part.replaceAll("{id}", nativeId));
      return known?.resumeArgv(agent.command[0], nativeId) ?? null;
    },
    resumeEnvironment: () => ({}),
    async plan(request) {
      const { access, launch, cwd, depth } = request;
      const program = await findProgram(agent, title, launch);
      const mode = agent.modes[access] ?? null;
      const held: Holding = mode === null && known !== null ? await known.hold(request) : { env: {}, mode };
      const rules = standardRules({
        access,
        cwd,
        privateFolders: launch.privateFolders,
        ownFolder: launch.ownFolder,
        heldBy: held.mode === null ? "requests" : "agent",
      });
      return {
        process: {
          argv: [program, ...agent.command.slice(1)],
          env: { ...withDirectLoopback(launch.env), ...held.env, BRIDGE_DEPTH: String(depth) },
          cwd,
          // Whether its sessions keep their MCP servers apart is not known of it.
          sharing: "alone",
          starts: known?.starts ?? "together",
        },
        session: {
          mode: held.mode,
          rules,
          billedTo: "unknown",
          settleMs: SETTLE_MS,
          lead: (prompt, turn) => standardLead({ prompt, turn, briefing: request.briefing }),
          wayBack: standardWayBack,
        },
        release: async () => undefined,
      };
    },
  };
}

/** What holds an agent of which nothing is known but that it asks, or does not. */
function holdsOfAny(title: string): AgentDescription["access"] {
  const rest = `What ${title} does without asking is not held.`;
  return {
    read: {
      by: "checks",
      means: `Baton refuses what ${title} asks about, and ends a task that has taken such a step without asking.`,
    },
    write: {
      by: "checks",
      means: `Baton lets it change files in the directory; what else it asks about is asked about. ${rest}`,
    },
    full: { by: "nothing", means: "Baton lets it do whatever it asks about." },
  };
}

function holdsOfModes({ modes }: NamedAgent, title: string): Partial<AgentDescription["access"]> {
  const held = Object.entries(modes).map(([level, mode]) => [
    level,
    {
      by: level === "full" ? "nothing" : "checks",
      means: `the mode ${JSON.stringify(mode)} of ${title}, as the config says.`,
    },
  ]);
  return Object.fromEntries(held) as Partial<AgentDescription["access"]>;
}

export interface Leading {
  readonly prompt: string;
  readonly turn: "first" | "later";
  readonly briefing: string | null;
}

/** What agents take for a command of their own when a prompt begins with it. */
const COMMAND = /^\s*[/$!@#]/;
const GUARD = "The request:";

/** The briefing once, and never a prompt that begins as a command does. */
export function standardLead({ prompt, turn, briefing }: Leading): readonly string[] {
  if (turn === "first" && briefing !== null) return [briefing];
  return COMMAND.test(prompt) ? [GUARD] : [];
}

/** `session/resume` replays nothing; `session/load` is what there was before. */
export const standardWayBack: SessionPlan["wayBack"] = async (_, { sessionCapabilities, loadSession }) => {
  if (typeof sessionCapabilities["resume"] === "object" && sessionCapabilities["resume"] !== null)
    return "resume";
  return loadSession ? "load" : "lost";
};

/** @throws BatonError `agent_unavailable` */
async function findProgram({ name, command }: NamedAgent, title: string, launch: Launch): Promise<string> {
  const found = await findExecutable(command[0], launch.env);
  if (found !== null) return found;
  throw new BatonError("agent_unavailable", `${title} is not installed: there is no program ${command[0]}.`, {
    hint: `Install it, or correct \`command\` of [agents.${name}] in Baton's config.`,
  });
}
