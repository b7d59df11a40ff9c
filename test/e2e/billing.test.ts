import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it } from "../support/baton.ts";

/** A login of Claude Code's own, beside the key that the sandbox's environment has. */
async function logIn(sandbox: Sandbox): Promise<void> {
  const login = {
    accessToken: "made-up-token",
    refreshToken: "made-up-refresh",
    expiresAt: Date.now() + 3_600_000,
    scopes: ["user:inference", "user:profile"],
    subscriptionType: "max",
  };
  await sandbox.writeUserFile("home/.claude/.credentials.json", JSON.stringify({ claudeAiOauth: login }));
}

const credentialOf = async ({ model }: Sandbox) =>
  (await model.waitForRequest(({ api, side }) => api === "messages" && !side)).credential;

describe("a key that Claude Code's environment has beside its own login", () => {
  it("is kept from it where it was merely inherited, and that is said once", async ({ sandbox, baton }) => {
    await logIn(sandbox);
    const { warnings, usage } = await baton.task(["ask", "claude", "hello"]);
    expect(await credentialOf(sandbox)).toBe("bearer");
    expect(usage?.billed_to).toBe("subscription");
    expect(warnings.join()).toContain("ANTHROPIC_API_KEY of the environment is kept from claude");
    expect((await baton.task(["ask", "claude", "again"])).warnings).toEqual([]);
  });

  it("pays where the config says so, and the first task says that", async ({ sandbox, baton }) => {
    await logIn(sandbox);
    await sandbox.writeUserFile("home/.config/baton/config.toml", '[agents.claude]\nauth = "api_key"\n');
    const { warnings, usage } = await baton.task(["ask", "claude", "hello"]);
    expect(await credentialOf(sandbox)).toBe("x-api-key");
    expect(usage?.billed_to).toBe("api_key");
    expect(warnings.join()).toContain("billed by an API key");
  });
});
