import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claudeEnvironment } from "../../src/agents/claude/environment.ts";
import { codexEnvironment } from "../../src/agents/codex/environment.ts";
import type { EnvironmentNeeds } from "../../src/agents/driver.ts";
import {
  configSchema,
  DEFAULT_AGENT_CONFIG,
  namedAgents,
  type AgentConfig,
} from "../../src/contracts/config.ts";
import { prepareLaunch } from "../../src/hub/launch.ts";
import { placesIn, type ChosenSession } from "../../src/hub/session-choice.ts";

let home = "";
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), "baton-launch-"));
});
afterAll(async () => rm(home, { recursive: true }));

interface Case {
  readonly env?: Readonly<Record<string, string>>;
  readonly named?: readonly string[];
  readonly config?: Partial<AgentConfig>;
  readonly isNew?: boolean;
  readonly places?: Readonly<Record<string, string | null>>;
}

/** Agents that the config names besides. */
const OTHERS = { helper: { protocol: "acp", command: ["helper"], env_vars: ["HELPER_KEY"] } };

async function launched(needs: EnvironmentNeeds, { env = {}, named = [], config = {}, ...more }: Case) {
  const callerEnv = { HOME: home, PATH: "/bin", ...env };
  const caller = { cwd: "/x", workspaces: [], env: callerEnv, named: [...named], config: "/none" };
  const places = more.places ?? placesIn(callerEnv, needs);
  const chosen = { isNew: more.isNew ?? true, session: { places }, unnamed: null, cwd: "/x" };
  const { launch, withheld } = await prepareLaunch({
    driver: { agent: "one", environment: needs },
    agents: namedAgents(configSchema.parse({ agents: OTHERS })),
    caller,
    config: { ...DEFAULT_AGENT_CONFIG, ...config },
    chosen: chosen as unknown as ChosenSession,
    privateFolders: ["/private"],
    ownFolder: null,
  });
  return { env: launch.env, executable: launch.executable, withheld };
}

const withLogin = (needs: EnvironmentNeeds): EnvironmentNeeds => ({ ...needs, hasLogin: async () => true });
const AGENTS = [
  {
    agent: "codex",
    needs: codexEnvironment,
    key: "OPENAI_API_KEY",
    foreign: /^(ANTHROPIC_|CLAUDE|BATON_CLAUDE|CODEX_(THREAD|SESSION|SANDBOX))/,
  },
  {
    agent: "claude",
    needs: claudeEnvironment,
    key: "ANTHROPIC_API_KEY",
    foreign: /^(OPENAI_|CODEX_|BATON_CODEX|CLAUDECODE$|CLAUDE_CODE_SESSION_ID$)/,
  },
] as const;
const VARIABLES = `
  ANTHROPIC_API_KEY ANTHROPIC_BASE_URL ANTHROPIC_AUTH_TOKEN CLAUDE_CONFIG_DIR CLAUDE_CODE_OAUTH_TOKEN
  CLAUDE_CODE_SESSION_ID CLAUDECODE BATON_CLAUDE_BIN OPENAI_API_KEY OPENAI_BASE_URL CODEX_HOME CODEX_API_KEY
  CODEX_ACCESS_TOKEN CODEX_THREAD_ID CODEX_SESSION_ID CODEX_SANDBOX BATON_CODEX_BIN TEAM_TOKEN UNNAMED`
  .trim()
  .split(/\s+/);
const WILD = ["*", "A*", "ANTHROPIC_*", "ANTHROP*", "O*", "OPENAI_*", "CODEX_*", "C*", "CLAUDE*", "BATON_*"];
const callers = fc.record({
  env: fc
    .subarray([...VARIABLES])
    .map((names) => Object.fromEntries(names.map((name) => [name, `of ${name}`]))),
  named: fc.subarray([...VARIABLES, ...WILD]),
});

for (const { agent, needs, key, foreign } of AGENTS) {
  describe("what is named for an agent of the config", () => {
    it("is no other agent's, though it was named for Baton", async () => {
      const env = { HELPER_KEY: "its own", TEAM_TOKEN: "for all" };
      const { env: seen } = await launched(codexEnvironment, { env, named: ["HELPER_KEY", "TEAM_TOKEN"] });
      expect([seen["HELPER_KEY"], seen["TEAM_TOKEN"]]).toEqual([undefined, "for all"]);
    });
  });

  describe(`a child of ${agent}`, () => {
    it("never gets another vendor's variables or an agent's marks, whatever the caller brings and names", async () => {
      await fc.assert(
        fc.asyncProperty(
          callers,
          fc.constantFrom("auto", "api_key", "subscription"),
          async (caller, auth) => {
            const { env } = await launched(needs, { ...caller, config: { auth } });
            expect(Object.keys(env).filter((name) => foreign.test(name))).toEqual([]);
            expect("UNNAMED" in env).toBe("UNNAMED" in caller.env && caller.named.includes("UNNAMED"));
          },
        ),
      );
    });

    it("gets what was named for Baton, and what Baton's config sets for it, over the caller's", async () => {
      const config = { env: { TEAM_TOKEN: "of the config", EXTRA: "1" } };
      const { env } = await launched(needs, {
        env: { TEAM_TOKEN: "x", UNNAMED: "x" },
        named: ["UNNAMED"],
        config,
      });
      expect(env).toEqual({
        HOME: home,
        PATH: "/bin",
        TEAM_TOKEN: "of the config",
        EXTRA: "1",
        UNNAMED: "x",
      });
    });

    it("gets its key where it has no login, and only then where it was merely inherited", async () => {
      const env = { [key]: "secret" };
      expect(await launched(needs, { env })).toMatchObject({ env, withheld: [] });
      const kept = await launched(withLogin(needs), { env });
      expect(kept.env).not.toHaveProperty(key);
      expect(kept.withheld).toEqual([key]);
    });

    it("gets its key beside a login where the user wants that", async () => {
      const env = { [key]: "secret" };
      const own = withLogin(needs);
      for (const wanted of [{ named: [key] }, { config: { auth: "api_key" } }, { config: { env } }] as const)
        expect(await launched(own, { env, ...wanted })).toMatchObject({ env, withheld: [] });
    });

    it("never gets a key where the subscription is to pay", async () => {
      const env = { [key]: "secret" };
      for (const own of [needs, withLogin(needs)]) {
        for (const more of [{}, { named: [key] }]) {
          const { env: given, withheld } = await launched(own, {
            env,
            ...more,
            config: { auth: "subscription" },
          });
          expect(given).not.toHaveProperty(key);
          expect(withheld).toEqual([key]);
        }
      }
    });

    it("is started with the executable of the caller, which is no variable of it", async () => {
      const { env, executable } = await launched(needs, { env: { [needs.executable]: "/opt/agent" } });
      expect(executable).toBe("/opt/agent");
      expect(env).not.toHaveProperty(needs.executable);
    });

    it("finds a conversation where it was begun", async () => {
      const [place = ""] = needs.places;
      const places = { HOME: home, [place]: "/begun/here" };
      const elsewhere = { env: { [place]: "/elsewhere" }, isNew: false };
      expect((await launched(needs, { ...elsewhere, places })).env).toMatchObject({ [place]: "/begun/here" });
      const none = { HOME: home, [place]: null };
      expect((await launched(needs, { ...elsewhere, places: none })).env).not.toHaveProperty(place);
    });
  });
}

describe("a key that a provider of Codex's configuration names", () => {
  it("is kept beside a login, and is no other vendor's then", async () => {
    const folder = path.join(home, "codex-home");
    await mkdir(folder, { recursive: true });
    const config = `[model_providers.one]\nenv_key = "OPENAI_API_KEY"\n[model_providers.two]\nenv_key = "TEAM_TOKEN"`;
    await writeFile(path.join(folder, "config.toml"), config);
    const env = { CODEX_HOME: folder, OPENAI_API_KEY: "a", TEAM_TOKEN: "b", CODEX_API_KEY: "c" };
    const kept = await launched(withLogin(codexEnvironment), { env });
    expect(kept.env).toMatchObject({ OPENAI_API_KEY: "a", TEAM_TOKEN: "b" });
    expect(kept.withheld).toEqual(["CODEX_API_KEY"]);
  });
});
