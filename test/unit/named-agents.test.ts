import { describe, expect, it } from "vitest";

import { namedEnvironment } from "../../src/agents/acp/named-environment.ts";
import { agentSeenIn, AGENT_MARKS, marksOfNamed } from "../../src/agents/marks.ts";
import { configSchema, namedAgents } from "../../src/contracts/config.ts";
import { unknownAgentHint } from "../../src/core/unknown-agent.ts";

const named = (name: string, table: Readonly<Record<string, unknown>>) =>
  configSchema.safeParse({ agents: { [name]: table } });
const agentsOf = (tables: Readonly<Record<string, unknown>>) =>
  namedAgents(configSchema.parse({ agents: tables }));

describe("an agent in the config", () => {
  it("needs a protocol, a command and a name of its own", () => {
    const acp = { protocol: "acp", command: ["opencode", "acp"] };
    expect(named("opencode", acp).success).toBe(true);
    expect(named("opencode", { ...acp, command: ["/opt/opencode"] }).success).toBe(true);
    const wrong: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
      ["claude", acp],
      ["codex", acp],
      ["gemini", acp],
      ["panel", acp],
      ["Open Code", acp],
      ["codex:mini", acp],
      ["opencode", { protocol: "acp" }],
      ["opencode", { protocol: "acp", command: [] }],
      ["opencode", { protocol: "acp", command: ["bin/opencode"] }],
      ["opencode", { command: ["opencode", "acp"] }],
      ["codex", { env_vars: ["MY_KEY"] }],
      ["opencode", { ...acp, protocol: "other" }],
      ["opencode", { ...acp, env_vars: ["OPENAI_*"] }],
      ["opencode", { ...acp, modes: { look: "plan" } }],
    ];
    for (const [name, table] of wrong)
      expect([name, table, named(name, table).success]).toEqual([name, table, false]);
  });

  it("is apart from what the config says of the agents that Baton knows", () => {
    const agents = agentsOf({ codex: { mcp_servers: true }, mine: { protocol: "acp", command: ["mine"] } });
    expect(agents.map(({ name }) => name)).toEqual(["mine"]);
  });

  it("is needed nothing but what it names, and for opencode what opencode names", async () => {
    const [mine, opencode] = agentsOf({
      mine: { protocol: "acp", command: ["mine"], env_vars: ["MY_KEY"] },
      oc: { protocol: "acp", command: ["/opt/bin/opencode", "acp"], env_vars: ["OC_KEY"] },
    }).map(namedEnvironment);
    expect(mine).toMatchObject({ own: ["MY_KEY"], keys: [], places: [] });
    expect(opencode?.own).toEqual(expect.arrayContaining(["OC_KEY", "OPENCODE_CONFIG"]));
    expect(opencode?.own).not.toContain("OPENCODE_PERMISSION");
  });

  it("is seen by its program, unless that is one that runs others", () => {
    const marks = [
      ...marksOfNamed(
        agentsOf({
          mine: { protocol: "acp", command: ["/opt/bin/a-program-of-a-long-name", "acp"] },
          other: { protocol: "acp", command: ["npx", "other"] },
        }),
      ),
      ...AGENT_MARKS,
    ];
    expect(agentSeenIn({}, "a-program-of-a-long-name", marks)).toBe("mine");
    // As Linux cuts it.
    expect(agentSeenIn({}, "a-program-of-a-", marks)).toBe("mine");
    expect(agentSeenIn({}, "npx", marks)).toBeNull();
    expect(agentSeenIn({}, "codex", marks)).toBe("codex");
  });

  it("that is not there is answered with the lines that add it", () => {
    expect(unknownAgentHint("goose", ["claude"])).toContain(
      '[agents.goose]\nprotocol = "acp"\ncommand = ["goose", "acp"]',
    );
    expect(unknownAgentHint("../x", ["claude"])).toContain("[agents.NAME]");
  });
});
