import { describe, expect, it } from "vitest";

import { givenToBaton } from "../../src/client/given.ts";

const env = { HOME: "/home/me", PATH: "/bin", ANTHROPIC_API_KEY: "key", BATON_HOME: "/state" };

describe("the variables that Codex hands to Baton", () => {
  it("are meant for the agents, where the user has named them", async () => {
    expect(await givenToBaton("codex-mcp-client", env, "/")).toEqual(["ANTHROPIC_API_KEY"]);
  });

  it("are merely inherited, where our plugin has named them", async () => {
    const byPlugin = { ...env, BATON_BY_PLUGIN: "1" };
    expect(await givenToBaton("codex-mcp-client", byPlugin, "/")).toEqual([]);
  });
});
