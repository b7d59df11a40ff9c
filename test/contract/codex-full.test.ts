import { existsSync } from "node:fs";
import path from "node:path";

import { describe, expect, it, openAs, say, script, textOf } from "./codex-kit.ts";

describe("full access", () => {
  it("reaches files, the repository and the network, and marks no folder as trusted", async ({
    sandbox,
    driver,
  }) => {
    const conversation = await driver.open(openAs(sandbox, "full"));
    const attempt = async (shell: string) =>
      textOf(await say(conversation, script({ shell }, { tool_result: true })));
    await attempt(`echo text > ${sandbox.home}/outside`);
    await attempt("echo more >> README.md && git commit -qam Changed");
    const { port } = sandbox.model;
    expect(await attempt(`exec 3<>/dev/tcp/127.0.0.1/${port} && echo connected`)).toContain("connected");
    await conversation.close();
    expect(existsSync(path.join(sandbox.home, "outside"))).toBe(true);
    expect(await sandbox.run(["git", "log", "-1", "--format=%s"])).toMatchObject({ stdout: "Changed\n" });
    // The sandbox itself holds that the user's config.toml has not changed.
  });

  it("is given up when the conversation goes on with less", async ({ sandbox, driver }) => {
    const first = await driver.open(openAs(sandbox, "full"));
    await say(first, script({ shell: "touch one" }));
    await first.close();
    const again = await driver.open(openAs(sandbox, "read", { nativeId: first.nativeId }));
    await say(again, script({ shell: "touch two" }));
    await again.close();
    expect(await sandbox.run(["ls"])).toMatchObject({ stdout: "README.md\none\n" });
  });
});
