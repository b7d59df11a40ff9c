import { createHash } from "node:crypto";
import path from "node:path";

import type { OpenRequest } from "../driver.ts";
import { withDirectLoopback } from "../environment.ts";
import { standardLead } from "../acp/named.ts";
import { OWN_SERVER } from "../acp/open.ts";
import { isWithin, realPath, standardRules } from "../acp/permissions.ts";
import type { AcpPlan, AcpProfile } from "../acp/profile.ts";
import { makeReady } from "./conversations.ts";
import { geminiEnvironment } from "./environment.ts";
import { findGemini } from "./executable.ts";
import { homeFor, ofPerson, prepareHome, writeWhereOther, type GeminiHome } from "./home.ts";
import { loginOf } from "./login.ts";
import { policyFor, restrictionsIn } from "./policy.ts";
import { childSettings, readUserSettings, type UserSettings } from "./settings.ts";
import { geminiWords } from "./words.ts";

const KEEP_WARM_MS = 5 * 60_000;
/** How long it has to be quiet after a load: 0.61.0 answers before it has replayed. */
const SETTLE_MS = 200;

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
    resumeArgv: (nativeId) => ["gemini", "--resume", nativeId],
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
  const policy = await writePolicy(home, user, request);
  const rules = standardRules({ access, cwd, privateFolders: launch.privateFolders, heldBy: "agent" });
  return {
    process: {
      argv: [
        ...program,
        "--acp",
        "--approval-mode=default",
        "--extensions=none",
        `--policy=${policy}`,
        ...(launch.settings.mcp_servers ? [] : [`--allowed-mcp-server-names=${OWN_SERVER}`]),
      ],
      env: {
        ...withDirectLoopback(env),
        GEMINI_CLI_HOME: home.root,
        // One process in the place of a wrapper that no signal reaches and a child that outlives it.
        GEMINI_CLI_NO_RELAUNCH: "1",
        BRIDGE_DEPTH: String(depth),
      },
      cwd,
      sharing: "shared",
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
