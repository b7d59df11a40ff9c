import { describe, expect, it, type Baton } from "../support/baton.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";

const ESCAPE = "\u001b";

/** What a command shows on a terminal (util-linux `script` makes one). */
async function onTerminal(
  { sandbox, baton }: { sandbox: Sandbox; baton: Baton },
  more: Record<string, string>,
) {
  const command = `${process.execPath} ${baton.launcher} tasks`;
  const env = { ...sandbox.env, ...more };
  const { code, stdout } = await sandbox.run(["script", "-qec", command, "/dev/null"], { env });
  expect(code).toBe(0);
  return stdout;
}

describe("what commands print", () => {
  it("has no escape character in a pipe", async ({ baton }) => {
    const { id } = await baton.task(["ask", "codex", "is it red \u001b[31m or green?"]);
    for (const args of [
      ["--help"],
      ["ask", "--help"],
      ["tasks"],
      ["show", id],
      ["show", id, "--prompt"],
      ["logs", id],
      ["wait", id],
      ["ask", "codex", "--continue", "--stream", "and now \u001b[31m?"],
      ["sessions"],
      ["requests"],
      ["usage"],
      ["hub", "status"],
      ["show", "t_unknown"],
      ["ask", "nobody", "hello"],
      ["no-such-command"],
    ]) {
      const { stdout, stderr } = await baton.run(args);
      expect([args, stdout + stderr]).toEqual([args, expect.stringMatching(/\S/)]);
      expect([args, stdout + stderr]).not.toEqual([args, expect.stringContaining(ESCAPE)]);
    }
  });

  it("has colours on a terminal, and none there under NO_COLOR", async ({ sandbox, baton }) => {
    await baton.task(["ask", "codex", "hello"]);
    expect(await onTerminal({ sandbox, baton }, {})).toContain(`${ESCAPE}[32mcompleted`);
    const plain = await onTerminal({ sandbox, baton }, { NO_COLOR: "1" });
    expect(plain).toContain("completed");
    expect(plain).not.toContain(ESCAPE);
  });
});
