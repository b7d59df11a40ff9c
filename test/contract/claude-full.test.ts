import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import type { AgentRequest } from "../../src/agents/driver.ts";
import { processesOf } from "../../testkit/processes.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { makeHostile } from "./claude-hostile.ts";
import {
  describe,
  expect,
  follow,
  it,
  offeredTools,
  only,
  openAs,
  say,
  script,
  textOf,
} from "./claude-kit.ts";

const write = (file: string) => ({ call: { name: "Write", input: { file_path: file, content: "full\n" } } });

async function forbid(sandbox: Sandbox): Promise<void> {
  const permissions = {
    deny: ["Bash(wc:*)", "Read(./secret.txt)", "Write(./kept/**)", "Edit(./kept/**)"],
    ask: ["Bash(stat:*)", "Edit(./careful/**)"],
  };
  await sandbox.writeUserFile("home/.claude/settings.json", JSON.stringify({ permissions }));
  await sandbox.writeUserFile("home/work/secret.txt", "nobody may read this\n");
}

/** What the user wants to be asked about, alone and among other commands. */
const CAREFUL = [
  { shell: "stat README.md" },
  { shell: "touch one; stat README.md" },
  { shell: "python3 -c 'print(1)' && stat README.md | cat" },
  { shell: "echo $(stat README.md)" },
];

describe("full access", () => {
  it("works outside the directory, in git, with programs and over the network", async ({
    sandbox,
    driver,
  }) => {
    const site = createServer((_, to) => to.end("the sea"));
    site.listen(0, "127.0.0.1");
    await once(site, "listening");
    const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    const conversation = await driver.open(await openAs(sandbox, "full"));
    const outside = path.join(sandbox.home, "outside.txt");
    const { events, outcome } = await follow(
      conversation,
      script(
        write(outside),
        write(path.join(sandbox.workspace, ".git", "description")),
        { call: { name: "Read", input: { file_path: outside } } },
        { shell: "touch ../touched.txt && echo more >> ../outside.txt" },
        { shell: "git commit -q --allow-empty -m made && git log --format=%s -1" },
        { shell: "python3 -c \"open('made','w').write('by python')\"" },
        { shell: `python3 -c "import urllib.request as u; print(u.urlopen('${url}').read().decode())"` },
        { call: { name: "WebSearch", input: { query: "lighthouse" } } },
        {
          call: {
            name: "Agent",
            input: {
              prompt: script({ shell: "touch ../by-sub-agent.txt" }, { say: "sub-agent done" }),
              description: "x",
              subagent_type: "general-purpose",
            },
          },
        },
        { say: "done" },
      ),
    );
    expect(textOf(outcome)).toBe("done");
    const finished = only(events, "tool.finished");
    expect(finished.filter((tool) => tool.outcome !== "ok")).toEqual([]);
    expect(finished.map(({ summary }) => summary)).toEqual(
      expect.arrayContaining([expect.stringContaining("made"), "the sea"]),
    );
    expect(await readFile(outside, "utf8")).toBe("full\nmore\n");
    for (const name of ["touched.txt", "by-sub-agent.txt", "work/made"]) {
      expect([name, existsSync(path.join(sandbox.home, name))]).toEqual([name, true]);
    }
    site.close();
  });

  it("needs no switch that turns Claude Code's checks off", async ({ sandbox, driver }) => {
    const conversation = await driver.open(await openAs(sandbox, "full"));
    await say(conversation, "hello");
    const claude = (await processesOf(sandbox.root)).find(({ command }) => command.includes("stream-json"));
    expect(claude?.command).not.toMatch(/dangerously|bypass/);
    expect(await readFile(`/proc/${claude?.pid}/environ`, "utf8")).not.toContain("IS_SANDBOX");
    expect(offeredTools(sandbox)).toEqual([
      "Agent",
      "Bash",
      "Edit",
      "NotebookEdit",
      "Read",
      "WebFetch",
      "WebSearch",
      "Write",
    ]);
  });

  it("lets git run the hooks of the repository, as it does for the user", async ({ sandbox, driver }) => {
    const hook = path.join(sandbox.workspace, ".git", "hooks", "pre-commit");
    await writeFile(hook, "#!/bin/sh\ntouch hooked\n", { mode: 0o755 });
    const conversation = await driver.open(await openAs(sandbox, "full"));
    await say(conversation, script({ shell: "git commit -q --allow-empty -m made" }, { say: "end" }));
    expect(existsSync(path.join(sandbox.workspace, "hooked"))).toBe(true);
  });

  it("leaves forbidden what the user forbids", async ({ sandbox, driver }) => {
    await forbid(sandbox);
    const conversation = await driver.open(await openAs(sandbox, "full"));
    const steps = [
      { shell: "wc README.md" },
      { shell: "touch one; wc README.md" },
      { shell: "cat secret.txt" },
      { call: { name: "Read", input: { file_path: path.join(sandbox.workspace, "secret.txt") } } },
      write(path.join(sandbox.workspace, "kept", "file")),
    ];
    const { events } = await follow(conversation, script(...steps, { say: "end" }));
    const passed = steps.filter((_, index) => only(events, "tool.finished")[index]?.outcome === "ok");
    expect(passed).toEqual([]);
    expect(existsSync(path.join(sandbox.workspace, "kept"))).toBe(false);
  });

  it("is a no to what the user wants to be asked about, where nobody is asked", async ({
    sandbox,
    driver,
  }) => {
    await forbid(sandbox);
    const conversation = await driver.open(await openAs(sandbox, "full"));
    const steps = [...CAREFUL, write(path.join(sandbox.workspace, "careful", "file"))];
    const { events } = await follow(conversation, script(...steps, { say: "end" }));
    const passed = steps.filter((_, index) => only(events, "tool.finished")[index]?.outcome === "ok");
    expect(passed).toEqual([]);
  });

  it("asks about just that, where somebody is asked", async ({ sandbox, driver }) => {
    await forbid(sandbox);
    const conversation = await driver.open(await openAs(sandbox, "full", { approvals: "ask" }));
    const asked: AgentRequest[] = [];
    const careful = path.join(sandbox.workspace, "careful", "file");
    const unasked = [write(path.join(sandbox.home, "outside.txt")), { shell: "python3 -c 'print(1)'" }];
    const turn = conversation.run(
      script(...unasked, ...CAREFUL, write(careful), { say: "end" }),
      () => undefined,
      {
        onRequest: async (request) => {
          asked.push(request);
          return { decision: "approve" };
        },
      },
    );
    expect(textOf(await turn.outcome)).toBe("end");
    expect(asked.map(({ summary }) => summary)).toEqual([...CAREFUL.map(({ shell }) => shell), careful]);
    expect(await readFile(careful, "utf8")).toBe("full\n");
  });

  it("runs no hook, server or settings of the repository or the user", async ({ sandbox, driver }) => {
    const place = await makeHostile(sandbox);
    const conversation = await driver.open(await openAs(sandbox, "full"));
    await say(conversation, script({ shell: "touch made" }, { say: "end" }));
    await conversation.close();
    expect(await place.marks()).toEqual([]);
    expect(Object.keys(await place.snapshot())).toContain("made");
  });
});
