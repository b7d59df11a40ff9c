import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

import { BatonError } from "../contracts/error.ts";
import { findExecutable } from "../process/executable.ts";
import { homeOf } from "../process/places.ts";
import { Backups } from "./backups.ts";
import { changeFile, told, type Item, type Keeping } from "./change-file.ts";
import { codexRegistrar } from "./codex.ts";
import { withInstructions } from "./instructions.ts";
import { claudeRegistrar, geminiRegistrar, opencodeRegistrar } from "./json-registrars.ts";
import type { Consent, Registrar, Scope, Server, Surroundings } from "./registrar.ts";
import { startCommand } from "./start-command.ts";
import { readTextFile } from "./text-file.ts";
import { neededVariables } from "./variables.ts";

export const REGISTRARS: readonly Registrar[] = [
  claudeRegistrar,
  codexRegistrar,
  geminiRegistrar,
  opencodeRegistrar,
];

/** Asks the person; null where nobody can be asked. */
export type Ask = ((question: string) => Promise<boolean>) | null;

export interface SetupOptions {
  /** None: all that are found. */
  readonly agents: readonly string[];
  readonly scope: Scope;
  readonly mode: "apply" | "dry run";
  /** `--yes`: everything that needs consent has it. */
  readonly consent: Consent;
  /** `--instructions`: the lines for the agents' own files, without a question. */
  readonly instructions: "wanted" | "if agreed to";
  /** The agents that get Claude Code's file tools. */
  readonly fileTools: readonly string[];
  readonly ask: Ask;
  readonly env: Surroundings["env"];
  readonly cwd: string;
  /** The script by which this Baton was started. */
  readonly script: string;
}

/** Registers Baton with the agents that are installed. */
export async function setUp(options: SetupOptions): Promise<readonly Item[]> {
  const { env } = options;
  const registrars = chosen(options);
  const around = {
    env,
    home: env["HOME"] ?? homedir(),
    project: await projectOf(options.cwd),
    variables: await neededVariables(env),
  };
  const backups = options.mode === "apply" ? new Backups(homeOf(env)) : null;
  const baton: Server = { name: "baton", kind: "baton", ...(await startCommand(options.script, env)) };
  const items: Item[] = [];
  for (const registrar of registrars) {
    const program = await programOf(registrar, env);
    if (program === null) items.push(notFound(registrar));
    else {
      const servers = [baton, ...(await fileToolsFor(registrar, options))];
      items.push(...(await setUpOne({ registrar, servers, program, around, backups, options })));
    }
  }
  return items;
}

interface One {
  readonly registrar: Registrar;
  readonly servers: readonly Server[];
  readonly program: string;
  readonly around: Surroundings;
  readonly backups: Keeping;
  readonly options: SetupOptions;
}

async function setUpOne(one: One): Promise<readonly Item[]> {
  const { registrar, around, options, servers } = one;
  const { agent } = registrar;
  const file = await registrar.configFile(options.scope, around);
  const consent = await consentFor(one, file).catch((error: unknown) => error);
  if (consent !== "given" && consent !== "not given") {
    return [{ agent, status: "failed", file, backup: null, diff: null, ...told(consent) }];
  }
  const edit = (text: string) =>
    servers.reduce((now, server) => registrar.register(now, server, { consent, around }), text);
  const registered = await changeFile({
    ...one,
    agent,
    what: "servers",
    file,
    edit,
    ...ownWay(one),
  });
  if (registered.status === "failed") return [registered];
  const items = [hinted(registered, one, consent)];
  if (await wantsInstructions(one)) {
    const instructions = registrar.instructionsFile(options.scope, around);
    items.push(
      await changeFile({ ...one, agent, what: "instructions", file: instructions, edit: withInstructions }),
    );
  }
  return items;
}

async function consentFor({ registrar, options }: One, file: string): Promise<Consent> {
  if (registrar.question === null) return "not given";
  // Read for its faults too: nobody is asked about a file that cannot be changed.
  const isAgreed = registrar.hasConsent((await readTextFile(file)).text);
  if (options.consent === "given" || isAgreed) return "given";
  return (await options.ask?.(registrar.question)) === true ? "given" : "not given";
}

async function wantsInstructions({ registrar, around, options }: One): Promise<boolean> {
  if (options.instructions === "wanted") return true;
  if (options.ask === null || options.consent === "given") return false;
  const file = registrar.instructionsFile(options.scope, around);
  const text = await readTextFile(file).then(
    ({ text }) => text,
    () => "",
  );
  if (withInstructions(text) === text) return false;
  return options.ask(`${registrar.title}: a few lines in ${file} on when to ask another agent?`);
}

/** The agent's own command, where it has one for this scope. */
function ownWay({ registrar, servers, program, options, around }: One) {
  const commands = servers.map((server) => registrar.ownCommand?.(server, options.scope) ?? null);
  if (commands.includes(null)) return {};
  return {
    byAgent: async () => {
      for (const command of commands) {
        if (command === null) continue;
        // Its `add` refuses a name that is taken.
        await runs(program, command.remove, around);
        if (!(await runs(program, command.add, around))) return false;
      }
      return true;
    },
  };
}

const OWN_COMMAND_MS = 30_000;

async function runs(program: string, args: readonly string[], { env, home }: Surroundings): Promise<boolean> {
  return promisify(execFile)(program, args, { cwd: home, env, timeout: OWN_COMMAND_MS }).then(
    () => true,
    () => false,
  );
}

const NO_CHECKS =
  "`claude mcp serve` asks for no permission: it does whatever this agent's model wants, commands included";

function hinted(item: Item, { registrar, options, servers }: One, consent: Consent): Item {
  const hints = [
    registrar.hint[options.scope],
    registrar.question !== null && consent === "not given"
      ? "not agreed to: it asks before each call that changes something (`--yes` agrees)"
      : null,
    servers.some(({ kind }) => kind === "claude-file-tools") ? NO_CHECKS : null,
  ].filter((hint) => hint !== null);
  return { ...item, message: [item.message, ...hints].join("; ") };
}

/** @throws BatonError `invalid_argument`, `agent_unavailable` */
async function fileToolsFor(
  { agent }: Registrar,
  { fileTools, env }: SetupOptions,
): Promise<readonly Server[]> {
  if (!fileTools.includes(agent)) return [];
  const command = await programOf(claudeRegistrar, env);
  if (command === null) throw new BatonError("agent_unavailable", "Claude Code is not installed");
  return [{ name: "claude-file-tools", kind: "claude-file-tools", command, args: ["mcp", "serve"] }];
}

/** @throws BatonError `invalid_argument` */
export function chosen({
  agents,
  fileTools,
}: Pick<SetupOptions, "agents" | "fileTools">): readonly Registrar[] {
  const known = REGISTRARS.map(({ agent }) => agent);
  const wrong = [...agents, ...fileTools].find((name) => !known.includes(name));
  if (wrong !== undefined) {
    throw new BatonError("invalid_argument", `setup knows no agent ${JSON.stringify(wrong)}`, {
      hint: `It knows: ${known.join(", ")}.`,
    });
  }
  if (fileTools.includes("claude")) {
    throw new BatonError("invalid_argument", "Claude Code has its file tools itself", {
      hint: "Name another agent after --claude-file-tools.",
    });
  }
  const wanted = agents.length === 0 ? known : [...agents, ...fileTools];
  return REGISTRARS.filter(({ agent }) => wanted.includes(agent));
}

async function programOf({ executable }: Registrar, env: Surroundings["env"]): Promise<string | null> {
  const set = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const named = executable.variable === null ? undefined : env[executable.variable];
  return findExecutable(
    named === undefined || named === "" ? executable.name : named,
    Object.fromEntries(set),
  );
}

function notFound({ agent, title, executable }: Registrar): Item {
  const message = `${title} is not installed: there is no \`${executable.name}\` on the path`;
  const fix =
    executable.variable === null ? null : `Install it, or name its program in ${executable.variable}.`;
  return { agent, status: "not_found", file: null, backup: null, message, fix, diff: null };
}

/** The repository of a directory, else the directory. */
async function projectOf(cwd: string): Promise<string> {
  for (let at = cwd; ; at = path.dirname(at)) {
    if ((await stat(path.join(at, ".git")).catch(() => null)) !== null) return at;
    if (path.dirname(at) === at) return cwd;
  }
}
