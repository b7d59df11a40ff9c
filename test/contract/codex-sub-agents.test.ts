import { existsSync } from "node:fs";
import path from "node:path";

import { processesOf } from "../../testkit/processes.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it, openAs, say, script, textOf } from "./codex-kit.ts";
import { setTraps } from "./codex-traps.ts";

/** A step that starts a sub-agent with a script of its own. */
function spawn(...steps: readonly unknown[]): object {
  return { call: { namespace: "multi_agent_v1", name: "spawn_agent", input: { message: script(...steps) } } };
}

describe("a sub-agent of a reading conversation", () => {
  it("may do no more than its parent", async ({ sandbox, driver }) => {
    const traps = await setTraps(sandbox);
    await sandbox.writeUserFile(
      "home/.codex/rules/any.rules",
      'prefix_rule(pattern = ["touch"], decision = "allow")\n',
    );
    const file = path.join(sandbox.home, "touched");
    const conversation = await driver.open(openAs(sandbox, "read"));
    const child = spawn(
      { shell: `touch ${file}` },
      { mcp: { server: "plain", tool: "write" } },
      { say: "the child is done", wait_for: "the child's end" },
    );
    const turn = conversation.run(script(child, { say: "done", wait_for: "the end" }), () => undefined);
    // Its third request carries what became of the first two.
    const last = await sandbox.model.waitForRequest(
      ({ session, entries }) =>
        session !== conversation.nativeId && entries.filter(({ role }) => role === "tool").length === 2,
    );
    const results = last.entries.flatMap((entry) => (entry.role === "tool" ? [entry.text] : []));
    expect(results[0]).toContain("Read-only file system");
    expect(results[1]).toContain("unsupported call");
    sandbox.model.release("the child's end");
    sandbox.model.release("the end");
    expect(await turn.outcome).toMatchObject({ status: "completed" });
    await conversation.close();
    await driver.close();
    expect(existsSync(file)).toBe(false);
    expect(await traps.sprung()).toEqual([]);
  });
});

describe("a sub-agent", () => {
  it("ends with the conversation, also when the turn did not wait for it", async ({ sandbox, driver }) => {
    const other = await driver.open(openAs(sandbox, "read"));
    const conversation = await driver.open(openAs(sandbox, "read"));
    const turn = conversation.run(
      script(spawn({ shell: "sleep 331" }), { say: "done", wait_for: "end" }),
      () => undefined,
    );
    await expect.poll(() => sleeping(sandbox, 331), { timeout: 10_000 }).toBe(true);
    sandbox.model.release("end");
    expect(textOf(await turn.outcome)).toBe("done");
    await conversation.close();
    await expect.poll(() => sleeping(sandbox, 331), { timeout: 3_000 }).toBe(false);
    expect(textOf(await say(other, "still here"))).toBe("You said: still here");
    await other.close();
  });

  it("is interrupted with the turn", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const turn = conversation.run(script(spawn({ shell: "sleep 332" }), { hang: true }), () => undefined);
    await expect.poll(() => sleeping(sandbox, 332), { timeout: 10_000 }).toBe(true);
    await turn.interrupt();
    expect(await turn.outcome).toMatchObject({ status: "interrupted" });
    await expect.poll(() => sleeping(sandbox, 332), { timeout: 3_000 }).toBe(false);
    await conversation.close();
  });

  it("counts in what the turn used", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const usage = (input: number) => ({ usage: { input, cached: 0, output: 1 } });
    const child = { ...spawn({ shell: "true", ...usage(1_000) }, { hang: true }), ...usage(10) };
    const counted = Promise.withResolvers<void>();
    const turn = conversation.run(script(child, { say: "done", wait_for: "end", ...usage(20) }), (event) => {
      if (event.type === "usage" && event.data.input_tokens >= 1_010) counted.resolve();
    });
    await counted.promise;
    sandbox.model.release("end");
    expect((await turn.outcome).usage).toMatchObject({ input_tokens: 1_030, output_tokens: 3 });
    await conversation.close();
  });
});

async function sleeping(sandbox: Sandbox, seconds: number): Promise<boolean> {
  return (await processesOf(sandbox.root)).some(({ command }) => command.includes(`sleep ${seconds}`));
}
