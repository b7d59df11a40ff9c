import { mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { claudeProcess } from "../../src/client/given.ts";
import { start } from "../../testkit/run.ts";

describe("the Claude Code around a server", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(path.join(tmpdir(), "baton-")));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const given = path.resolve(import.meta.dirname, "../../src/client/given.ts");
  const look = `import(${JSON.stringify(given)}).then(async ({ claudeProcess }) =>
    console.log(await claudeProcess(process.pid, -1)))`;

  it("is found through the shell that npx puts between them", async () => {
    const claude = path.join(folder, "claude");
    await symlink("/bin/sh", claude);
    const running = start([claude, "-c", `sh -c '"$NODE" -e "$LOOK"; exit 0'; exit 0`], {
      cwd: folder,
      env: { PATH: "/usr/bin:/bin", NODE: process.execPath, LOOK: look },
    });
    const { stdout, stderr } = await running.result;
    expect({ stdout, stderr }).toMatchObject({ stdout: `${running.pid}\n` });
  });

  it("is the process that has started it, where none has that name", async () => {
    expect(await claudeProcess(1, 4711)).toBe(4711);
  });
});
