import { createHash } from "node:crypto";
import path from "node:path";

import { BatonError } from "../../contracts/error.ts";
import { standardLead } from "../acp/named.ts";
import { OWN_SERVER } from "../acp/open.ts";
import { isWithin, realPath, standardRules } from "../acp/permissions.ts";
import type { AcpPlan, AcpProfile, ProcessPlan } from "../acp/profile.ts";
import type { AgentDescription, DescribeRequest, Environment, OpenRequest } from "../driver.ts";
import { withDirectLoopback } from "../environment.ts";
import { makeReady } from "./conversations.ts";
import { geminiEnvironment } from "./environment.ts";
import { findGemini } from "./executable.ts";
import { homeFor, homeIn, homeOf, ofPerson, prepareHome, writeWhereOther, type GeminiHome } from "./home.ts";
import { loginOf, type Login } from "./login.ts";
import { policyFor, restrictionsIn } from "./policy.ts";
import { sweep } from "./sweep.ts";
import { childSettings, readUserSettings, type UserSettings } from "./settings.ts";
import { geminiWords } from "./words.ts";

const KEEP_WARM_MS = 5 * 60_000;
/** How long it has to be quiet after a load: 0.61.0 answers before it has replayed. */
const SETTLE_MS = 200;

const HOLDS: AgentDescription["access"] = {
  read: {
    by: "checks",
    means: "Gemini CLI's policy engine: it has only tools that look, no commands and no network.",
  },
  write: {
    by: "checks",
    means:
      "Gemini CLI's policy engine: it changes files in the directory; commands that only look run, others are asked about.",
  },
  full: { by: "nothing", means: "Gemini CLI does whatever it wants." },
};

/**
 * Gemini CLI through ACP, in a home of Baton's own: the person's Gemini CLI clears away conversations that were continued
 * over ACP, and such a one of ours would clear away theirs (0.61.0).
 */
export function geminiProfile(stateDir: string): AcpProfile {
  return {
    agent: "gemini",
    title: "Gemini CLI",
    environment: geminiEnvironment,
    keepWarmMs: KEEP_WARM_MS,
    isExclusive: false,
    words: geminiWords,
    holds: HOLDS,
    tells: { usage: true, cost: false },
    find: async (launch) => (await findGemini(launch)).at(-1) ?? "",
    planToDescribe: (request) => planToDescribe(stateDir, request),
    resumeArgv: (nativeId) => ["gemini", "--resume", nativeId],
    resumeEnvironment: (places) => ({ GEMINI_CLI_HOME: homeOf(stateDir, places) }),
    plan: (request) => planIn(stateDir, request),
  };
}

async function planIn(stateDir: string, request: OpenRequest): Promise<AcpPlan> {
  const { launch, cwd, access, depth, briefing } = request;
  const program = await findGemini(launch);
  const env = await ofPerson(stateDir, launch.env);
  const home = homeFor(stateDir, env);
  const user = await readUserSettings(home.persons);
  const login = await loginOf(user, env, home.persons);
  await prepareHome(home, env, { user, settings: childSettings(user, login.selectedType) });
  await sweep(home, Date.now());
  const policy = await writePolicy(home, user, request);
  const { privateFolders, ownFolder } = launch;
  const rules = standardRules({ access, cwd, privateFolders, ownFolder, heldBy: "agent" });
  return {
    process: {
      argv: [
        ...program,
        ...STANDARD,
        `--policy=${policy}`,
        ...(launch.settings.mcp_servers ? [] : [`--allowed-mcp-server-names=${OWN_SERVER}`]),
      ],
      env: { ...childEnvironment(home, env), BRIDGE_DEPTH: String(depth) },
      cwd,
      sharing: "shared",
      starts: "together",
    },
    session: {
      mode: null,
      rules,
      billedTo: login.billedTo,
      settleMs: SETTLE_MS,
      lead: (prompt, turn) => standardLead({ prompt, turn, briefing }),
      wayBack: async (nativeId) => ((await makeReady(home, cwd, nativeId)) ? "load" : "lost"),
    },
    release: async () => undefined,
  };
}

/** Extensions bring programs of their own. */
const STANDARD = ["--acp", "--approval-mode=default", "--extensions=none"];

function childEnvironment(home: GeminiHome, env: Environment): Environment {
  return {
    ...withDirectLoopback(env),
    GEMINI_CLI_HOME: home.root,
    // One process in the place of a wrapper that no signal reaches and a child that outlives it (0.61.0).
    GEMINI_CLI_NO_RELAUNCH: "1",
    ...temporaryFolder(home, env),
  };
}

/**
 * Gemini CLI 0.61.0 leaves reports of errors in the temporary folder, with prompts in them and readable for everybody; on
 * Linux everybody's is the same unless the person has another.
 */
function temporaryFolder(home: GeminiHome, env: Environment): Environment {
  const isShared = process.platform === "linux" && (env["TMPDIR"] ?? "") === "";
  return isShared ? { TMPDIR: home.temporary } : {};
}

/** Asked about itself it gets a home for that alone, in a folder that is removed. */
async function planToDescribe(stateDir: string, { launch, cwd }: DescribeRequest): Promise<ProcessPlan> {
  const program = await findGemini(launch);
  const env = await ofPerson(stateDir, launch.env);
  const home = homeIn(path.join(cwd, "home"), env);
  const user = await readUserSettings(home.persons);
  const login = await loginOf(user, env, home.persons).catch(noLogin);
  await prepareHome(home, env, { user, settings: childSettings(user, login.selectedType) });
  const { GEMINI_API_KEY: key, ...keyless } = childEnvironment(home, env);
  return {
    argv: [...program, ...STANDARD, `--allowed-mcp-server-names=${OWN_SERVER}`],
    env: login === WITHOUT_LOGIN || key === undefined ? keyless : { ...keyless, GEMINI_API_KEY: key },
    cwd,
    sharing: "alone",
    starts: "together",
  };
}

/** With a key that is not there it says that it has no login; with Google it would wait for a browser. */
const WITHOUT_LOGIN: Login = { selectedType: "gemini-api-key", billedTo: "unknown" };

function noLogin(error: unknown): Login {
  if (error instanceof BatonError && error.error.code === "agent_auth") return WITHOUT_LOGIN;
  throw error;
}

/** Writes the rules of a level; the same rules are the same file, so that conversations under them share a process. */
async function writePolicy(
  home: GeminiHome,
  user: UserSettings,
  { access, cwd, launch }: OpenRequest,
): Promise<string> {
  const root = await realPath(cwd);
  const hidden = await Promise.all(launch.privateFolders.map(realPath));
  const text = policyFor({
    access,
    hasPrivateFolder: hidden.some((folder) => isWithin(root, folder)),
    user: await restrictionsIn([path.join(home.persons, "policies"), ...user.policyPaths]),
  });
  const name = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const file = path.join(home.root, "rules", `${name}.toml`);
  await writeWhereOther(file, text);
  return file;
}
