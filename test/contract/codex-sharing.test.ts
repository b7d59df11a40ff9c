import { describe, expect, it, openAs, say, script, textOf } from "./codex-kit.ts";
import { createCodexDriver } from "../../src/agents/codex/driver.ts";

describe("a conversation and the person's own Codex", () => {
  it("go on in turn: ours, theirs right after ours is closed, ours again", async ({ sandbox, driver }) => {
    const first = await driver.open(openAs(sandbox, "read"));
    await say(first, "ours");
    await first.close();
    const theirs = await sandbox.run([sandbox.clis.codex, "exec", "resume", first.nativeId, "-"], {
      input: "theirs",
    });
    expect(theirs).toMatchObject({ code: 0 });
    const again = await driver.open(openAs(sandbox, "read", { nativeId: first.nativeId }));
    const history = textOf(await say(again, script({ history: true })));
    expect(history).toMatch(/user: ours[^]*user: theirs[^]*user: SCRIPT/);
    await again.close();
  });

  it("go on in turn for as long as they like", async ({ sandbox, driver }) => {
    let nativeId: string | null = null;
    for (const round of [1, 2, 3, 4, 5]) {
      const conversation = await driver.open(openAs(sandbox, "read", { nativeId }));
      await say(conversation, `ours ${round}`);
      nativeId = conversation.nativeId;
      await conversation.close();
      const argv = [sandbox.clis.codex, "exec", "resume", nativeId, "-"] as const;
      expect(await sandbox.run(argv, { input: `theirs ${round}` })).toMatchObject({ code: 0 });
    }
  });

  it("are told apart while the other has it open", async ({ sandbox, driver }) => {
    const other = createCodexDriver();
    const theirs = await other.open(openAs(sandbox, "read"));
    await say(theirs, "theirs");
    const request = openAs(sandbox, "read", { nativeId: theirs.nativeId });
    await expect(driver.open(request)).rejects.toMatchObject({
      error: { code: "session_busy", retryable: true, hint: expect.stringContaining("Close it") },
    });
    await theirs.close();
    const ours = await driver.open(request);
    expect(textOf(await say(ours, script({ history: true })))).toContain("user: theirs");
    await ours.close();
    await other.close();
  });

  it("are not mixed up within one app-server either", async ({ sandbox, driver }) => {
    const one = await driver.open(openAs(sandbox, "read"));
    await say(one, "one");
    const request = openAs(sandbox, "read", { nativeId: one.nativeId });
    await expect(driver.open(request)).rejects.toMatchObject({ error: { code: "session_busy" } });
    expect(textOf(await say(one, "still mine"))).toBe("You said: still mine");
    await one.close();
    await (await driver.open(request)).close();
  });

  for (const nativeId of ["01a20d5f-a7eb-7eb2-8afa-429ebed52490", "no id at all", "--last"]) {
    it(`do not begin anew for an id that is unknown: ${nativeId}`, async ({ sandbox, driver }) => {
      await expect(driver.open(openAs(sandbox, "read", { nativeId }))).rejects.toMatchObject({
        error: { code: "session_not_found" },
      });
    });
  }

  it("open with the command that the driver names", async ({ driver }) => {
    expect(driver.resumeArgv("ID")).toEqual(["codex", "resume", "ID"]);
    expect(driver.isExclusive).toBe(true);
  });

  it("are marked as Baton's for the MCP servers and the model's provider", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    await say(conversation, "hello");
    await conversation.close();
    const metadata: unknown = JSON.parse(String(sandbox.model.requests[0]?.headers["x-codex-turn-metadata"]));
    expect(metadata).toMatchObject({ thread_source: "baton", turn_trigger: "baton" });
  });
});
