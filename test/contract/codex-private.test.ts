import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

import type { Launch } from "../../src/agents/driver.ts";
import { describe, expect, it, launchOf, openAs, say, script, textOf } from "./codex-kit.ts";

const SECRET = "the hub's token";

describe("a private folder", () => {
  for (const access of ["read", "write"] as const) {
    it(`cannot be read by a command in ${access} access, by whatever way`, async ({ sandbox, driver }) => {
      const token = path.join(sandbox.batonHome, "token");
      await writeFile(token, SECRET);
      await symlink(sandbox.batonHome, path.join(sandbox.workspace, "link"));
      const conversation = await driver.open(openAs(sandbox, access));
      const attempts = [
        `cat ${token}`,
        `cat ${sandbox.batonHome}/../state/token`,
        "cat link/token",
        `mv ${sandbox.batonHome} moved; cat moved/token`,
        `ls ${sandbox.batonHome}`,
      ];
      for (const shell of attempts) {
        const said = textOf(await say(conversation, script({ shell }, { tool_result: true })));
        expect(said, shell).toMatch(/Permission denied|Read-only file system/);
        expect(said, shell).not.toContain(SECRET);
      }
      await conversation.close();
      expect(await readFile(token, "utf8")).toBe(SECRET);
    });
  }

  it("stays hidden from a command that a person has let out of the sandbox", async ({ sandbox, driver }) => {
    const token = path.join(sandbox.batonHome, "token");
    await writeFile(token, SECRET);
    const conversation = await driver.open(openAs(sandbox, "write", { approvals: "ask" }));
    const input = {
      cmd: `cat ${token}; echo out > ${sandbox.home}/out && cat ${sandbox.home}/out`,
      sandbox_permissions: "require_escalated",
      justification: "please",
    };
    const call = { call: { name: "exec_command", input } };
    const turn = conversation.run(script(call, { tool_result: true }), () => undefined, {
      onRequest: async () => ({ decision: "approve" }),
    });
    expect(textOf(await turn.outcome)).toMatch(/Permission denied\nout\n/);
    await conversation.close();
  });

  const absent: [string, (root: string) => Partial<Launch>][] = [
    ["is not there", (root) => ({ privateFolders: [path.join(root, "no", "such")] })],
    ["is a link", (root) => ({ privateFolders: [path.join(root, "linked")] })],
  ];
  for (const [what, changes] of absent) {
    it(`keeps nobody from working when it ${what}`, async ({ sandbox, driver }) => {
      await writeFile(path.join(sandbox.batonHome, "token"), SECRET);
      await symlink(sandbox.batonHome, path.join(sandbox.root, "linked"));
      const launch = launchOf(sandbox, changes(sandbox.root));
      const conversation = await driver.open(openAs(sandbox, "write", { launch }));
      const shell = "cat ../../linked/token; touch done; ls";
      const said = textOf(await say(conversation, script({ shell }, { tool_result: true })));
      expect(said).toContain("done");
      expect(said.includes(SECRET)).toBe(what === "is not there");
      await conversation.close();
    });
  }

  for (const access of ["read", "write"] as const) {
    it(`may hold the working directory of ${access} access, and hides what lies beside it`, async ({
      sandbox,
      driver,
    }) => {
      await writeFile(path.join(sandbox.batonHome, "token"), SECRET);
      const cwd = path.join(sandbox.batonHome, "trees", "one");
      await mkdir(cwd, { recursive: true });
      await writeFile(path.join(cwd, "here"), "");
      const conversation = await driver.open(openAs(sandbox, access, { cwd }));
      const said = textOf(
        await say(conversation, script({ shell: "touch new; ls; cat ../../token" }, { tool_result: true })),
      );
      expect(said).toContain("here\n");
      expect(said.includes("new\n")).toBe(access === "write");
      expect(said).toContain("../../token: Permission denied");
      await conversation.close();
    });
  }
});
