import { chmod, chown, mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import { processesOf, waitForNone } from "../../testkit/processes.ts";
import { BATON, describe, expect, it } from "../support/baton.ts";
import { startFaultyHub } from "../support/faulty.ts";

const LONG = 'SCRIPT [{"say_characters":200000}]';

describe("a full disk", () => {
  it.for(["codex", "claude"])(
    "under a running task of %s ends the task with a clear error; the session and what was there stay",
    async (agent, { sandbox, baton }) => {
      const first = await baton.task(["ask", agent, "--session", "talk", 'SCRIPT [{"say":"heron"}]']);
      await baton.run(["hub", "stop"]);
      const hub = await startFaultyHub(sandbox, ["--full-after", "60000"]);
      const { code, stdout } = await baton.run(["ask", agent, "--session", "talk", "--json", LONG]);
      const task = JSON.parse(stdout) as { status: string; error: { code: string; hint: string | null } };
      expect(task.status).toBe("failed");
      expect(["hub_unavailable", "lost"]).toContain(task.error.code);
      expect(task.error.hint).not.toBeNull();
      expect([1, 5]).toContain(code);
      await baton.run(["hub", "stop"]);
      // It ended in order, by being asked to or by itself.
      expect(await hub.result).toMatchObject({ code: 0, signal: null });
      const next = await baton.task(["ask", agent, "--session", "talk", 'SCRIPT [{"say":"on"}]']);
      expect(next).toMatchObject({ answer: "on", session: first.session, native_id: first.native_id });
      await baton.run(["hub", "stop"]);
      expect(await processesOf(sandbox.root)).toEqual([]);
    },
  );

  it("refuses a new task in a sentence", async ({ sandbox, baton }) => {
    await startFaultyHub(sandbox, ["--full-after", "0"]);
    const { code, stderr } = await baton.run(["ask", "codex", `${LONG} ${"x".repeat(100_000)}`]);
    expect(code).toBe(5);
    expect(stderr).toContain("the disk is full");
    expect(await baton.json(["hub", "status"])).toMatchObject({ running: true });
  });
});

describe("a database", () => {
  const garbage = (file: string) => writeFile(file, "no database ".repeat(1_000));
  const halved = async (file: string) => truncate(file, 6_000);
  const later = (file: string) => {
    const database = new DatabaseSync(file);
    database.exec("pragma user_version = 99");
    database.close();
  };
  const foreign = async (file: string) => {
    await rm(file);
    const database = new DatabaseSync(file);
    database.exec("create table sessions (a); pragma user_version = 1");
    database.close();
  };

  it.for([
    ["of garbage", garbage, "is damaged"],
    ["that lost its end", halved, "is damaged"],
    ["of a later version", later, "later version"],
    ["of another program", foreign, "is damaged"],
  ] as const)("%s is a clear error, and no hub stays", async ([, spoil, says], { sandbox, baton }) => {
    await baton.run(["hub", "start"]);
    await baton.run(["hub", "stop"]);
    const file = path.join(sandbox.batonHome, "baton.db");
    await spoil(file);
    const before = await readFile(file);
    const { code, stderr } = await baton.run(["ask", "codex", "hello"]);
    expect(stderr).toContain(says);
    expect(stderr).toContain(file);
    expect(code).toBe(5);
    expect((await readFile(file)).length).toBe(before.length);
    expect(await waitForNone(sandbox.root, 2_000)).toEqual([]);
  });

  it("that another program has locked is a clear error until it lets go", async ({ sandbox, baton }) => {
    await baton.run(["hub", "start"]);
    await baton.run(["hub", "stop"]);
    const other = new DatabaseSync(path.join(sandbox.batonHome, "baton.db"));
    other.exec("pragma locking_mode = exclusive; begin exclusive");
    const { code, stderr } = await baton.run(["ask", "codex", "hello"]);
    other.close();
    expect(stderr).toContain("locked by another program");
    expect(code).toBe(5);
    expect((await baton.run(["hub", "start"])).code).toBe(0);
  });

  it("is made anew beside what a crash has left of the one that was moved away", async ({
    sandbox,
    baton,
  }) => {
    const file = path.join(sandbox.batonHome, "baton.db");
    await baton.run(["ask", "claude", "hello"]);
    process.kill(await baton.hubPid(), "SIGKILL");
    await rm(file);
    expect(await baton.json(["tasks"])).toMatchObject({ items: [] });
  });
});

const NOBODY = 65_534;

/** Only root can become another user, who then has to be able to read this clone. */
function canRunAsNobody(): boolean {
  if (process.getuid?.() !== 0) return false;
  const look = `require("fs").accessSync(${JSON.stringify(BATON)})`;
  return spawnSync(process.execPath, ["-e", look], { uid: NOBODY, gid: NOBODY }).status === 0;
}

describe.runIf(canRunAsNobody())("a folder without the right to write, for an ordinary user", () => {
  it.for(["the folder above", "the database", "the log", "the lease"])(
    "is a clear error for %s",
    async (what, { sandbox }) => {
      const above = path.join("/var/tmp", path.basename(sandbox.root));
      const home = path.join(above, "state");
      await mkdir(home, { recursive: true });
      await chmod(above, 0o755);
      const names: Record<string, string> = { "the database": "baton.db", "the log": "hub.log" };
      const name = names[what] ?? "hub.lease";
      if (what === "the folder above") await rm(home, { recursive: true });
      else {
        await chown(home, NOBODY, NOBODY);
        await writeFile(path.join(home, name), "", { mode: 0o644 });
      }
      const env = { ...sandbox.env, HOME: above, BATON_HOME: home };
      const child = spawn(process.execPath, [BATON, "hub", "start"], {
        cwd: "/",
        env,
        uid: NOBODY,
        gid: NOBODY,
      });
      let stderr = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      const [code] = (await once(child, "close")) as [number];
      expect(stderr).toContain("hub_unavailable");
      expect(stderr).toContain(home);
      expect(code).toBe(5);
      expect(await waitForNone(home, 2_000)).toEqual([]);
      await rm(above, { recursive: true });
    },
  );
});
