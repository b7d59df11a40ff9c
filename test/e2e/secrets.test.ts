import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { processesOf } from "../../testkit/processes.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it } from "../support/baton.ts";
import { RESULT, scripted, tool } from "../support/chain.ts";

/** The real agent, of which everything that it is told over stdin is written down. */
async function overheard(sandbox: Sandbox, agent: "claude" | "codex"): Promise<{ bin: string; log: string }> {
  const folder = path.join(sandbox.root, "overheard");
  await mkdir(folder, { recursive: true });
  const log = path.join(folder, `${agent}.stdin`);
  const bin = path.join(folder, agent);
  await writeFile(bin, `#!/bin/bash\ntee -a ${log} | ${sandbox.clis[agent]} "$@"\n`);
  await chmod(bin, 0o700);
  return { bin, log };
}

async function credentialsIn(log: string): Promise<readonly string[]> {
  const text = await readFile(log, "utf8");
  return [...new Set([...text.matchAll(/Bearer ([\w-]{40,})/g)].map(([, token = ""]) => token))];
}

async function filesWith(sandbox: Sandbox, text: string): Promise<readonly string[]> {
  const { stdout } = await sandbox.run(["grep", "-rlaF", "-e", text, sandbox.root]);
  return stdout.split("\n").filter((file) => file !== "");
}

/** What other programs of this user can see of the processes of a sandbox. */
async function visibleOf(sandbox: Sandbox) {
  const found = await processesOf(sandbox.root);
  return Promise.all(
    found.map(async ({ pid, command }) => ({
      command,
      environ: await readFile(`/proc/${pid}/environ`, "utf8").catch(() => ""),
    })),
  );
}

// Only Linux tells the environment of another process in a file.
describe.runIf(process.platform === "linux")("while an agent that was asked asks another one", () => {
  it("no process or file shows the credentials, and each has only its own vendor's keys", async ({
    sandbox,
    baton,
  }) => {
    const [codex, claude] = await Promise.all([overheard(sandbox, "codex"), overheard(sandbox, "claude")]);
    const held = scripted({ shell: "true" }, { say: "late", wait_for: "go" });
    const prompt = scripted({ shell: "true" }, tool("ask_agent", { agent: "claude", prompt: held }), RESULT);
    const env = { ...sandbox.env, BATON_CODEX_BIN: codex.bin, BATON_CLAUDE_BIN: claude.bin };
    const running = baton.start(["delegate", "codex", prompt], { env });
    await sandbox.model.waitForRequest(
      ({ api, entries, side }) => api === "messages" && !side && entries.length > 2,
    );

    const token = await readFile(path.join(sandbox.batonHome, "token"), "utf8");
    const ofCodex = await credentialsIn(codex.log);
    const ofClaude = await credentialsIn(claude.log);
    expect([ofCodex.length, ofClaude.length]).toEqual([1, 1]);
    const secrets = [token, ...ofCodex, ...ofClaude];
    const visible = await visibleOf(sandbox);
    expect(visible.filter(({ command }) => command.includes("app-server")).length).toBeGreaterThan(0);
    expect(visible.filter(({ command }) => command.includes("stream-json")).length).toBeGreaterThan(0);
    for (const { command, environ } of visible) {
      for (const secret of secrets) expect(command + environ, command).not.toContain(secret);
      // The front end that the person has started has the person's environment.
      if (command.includes(" delegate ")) continue;
      if (command.includes("app-server")) expect(environ).not.toContain("ANTHROPIC_");
      if (command.includes("stream-json")) expect(environ).not.toMatch(/MODEL_KEY|OPENAI_|CODEX_/);
      if (command.includes("hub run")) expect(environ).not.toMatch(/ANTHROPIC_|MODEL_KEY/);
    }
    sandbox.model.release("go");
    expect((await running.result).code).toBe(0);
    await baton.run(["hub", "stop"]);
    expect(await filesWith(sandbox, token)).toEqual([]);
    expect(await filesWith(sandbox, ofCodex[0] ?? "?")).toEqual([codex.log]);
    expect(await filesWith(sandbox, ofClaude[0] ?? "?")).toEqual([claude.log]);
  });

  it("neither can read what Baton keeps", async ({ sandbox, baton }) => {
    await baton.run(["ask", "codex", "--session", "private", "the lighthouse keeper's name is Ada"]);
    const look = `cat ${sandbox.batonHome}/token; strings ${sandbox.batonHome}/baton.db; ls ${sandbox.batonHome}`;
    for (const [agent, command] of [
      ["codex", "ask"],
      ["codex", "delegate"],
      ["claude", "ask"],
      ["claude", "delegate"],
    ] as const) {
      await sandbox.writeUserFile("home/.config/baton/config.toml", '[approvals]\ndefault = "decline"\n');
      const { answer, status } = await baton.task([command, agent, scripted({ shell: look }, RESULT)]);
      expect(status).toBe("completed");
      expect(answer, `${command} ${agent}`).not.toContain("baton.db-wal");
      expect(answer, `${command} ${agent}`).not.toContain("Ada");
      expect(answer, `${command} ${agent}`).not.toMatch(/[\w-]{43}/);
    }
  });
});
