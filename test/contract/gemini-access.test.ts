import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";

import type { AgentEvent } from "../../src/contracts/event.ts";
import type { AgentRequest, RequestAnswer } from "../../src/agents/driver.ts";
import {
  describe,
  expect,
  it,
  launchOf,
  openAs,
  say,
  script,
  textOf,
  toolsIn,
  turnsOf,
} from "./gemini-kit.ts";

const PLENTY = 60_000;
const call = (name: string, input: Readonly<Record<string, string>>) => ({ call: { name, input } });
const write = (file_path: string) => call("write_file", { file_path, content: "written\n" });

/** Every result that the model was told since its user last spoke. */
function resultsIn(request: ReturnType<typeof turnsOf>[number] | undefined): string {
  return (request?.entries ?? []).flatMap((entry) => (entry.role === "tool" ? [entry.text] : [])).join("\n");
}

describe("Gemini CLI under read", { timeout: PLENTY }, () => {
  it("is offered nothing but tools that look, and what it tries all the same does not happen", async ({
    sandbox,
    driver,
  }) => {
    // What the user allows and prefers in their own Gemini CLI does not reach in here; what they forbid does.
    const settings = {
      security: { auth: { selectedType: "gemini-api-key" } },
      general: { defaultApprovalMode: "auto_edit" },
      tools: { allowed: ["run_shell_command", "write_file"] },
    };
    await sandbox.writeUserFile("home/.gemini/settings.json", JSON.stringify(settings));
    await sandbox.writeUserFile(
      "home/.gemini/policies/mine.toml",
      `[[rule]]
toolName = ["write_file", "run_shell_command"]
decision = "allow"
priority = 999
[[rule]]
toolName = "read_file"
argsPattern = "secret"
decision = "deny"
priority = 1
`,
    );
    await writeFile(path.join(sandbox.workspace, "secret.txt"), "the combination\n");
    const conversation = await driver.open(openAs(sandbox, "read", { approvals: "ask" }));
    const prompt = script(
      write("made.txt"),
      { shell: "touch made-by-shell" },
      call("replace", {
        file_path: "README.md",
        instruction: "change",
        old_string: "green",
        new_string: "red",
      }),
      call("web_fetch", { prompt: "read http://127.0.0.1:9/" }),
      call("invoke_agent", { agent_name: "generalist", prompt: "write a file" }),
      call("enter_plan_mode", { reason: "to plan" }),
      call("read_file", { file_path: "secret.txt" }),
      call("read_file", { file_path: "README.md" }),
      { say: "done" },
    );
    const asked: string[] = [];
    const turn = conversation.run(prompt, () => undefined, {
      onRequest: async ({ summary }) => {
        asked.push(summary);
        return { decision: "approve" };
      },
    });
    expect(textOf(await turn.outcome)).toBe("done");
    expect(asked).toEqual([]);
    expect(toolsIn(turnsOf(sandbox)[0]).toSorted()).toEqual([
      "glob",
      "grep_search",
      "list_directory",
      "read_file",
      "update_topic",
    ]);
    expect((await readdir(sandbox.workspace)).toSorted()).toEqual([".git", "README.md", "secret.txt"]);
    const told = resultsIn(turnsOf(sandbox).at(-1));
    expect(told).toContain("The lighthouse is green.");
    expect(told).not.toContain("the combination");
    await conversation.close();
  });

  it("keeps to its directory, and out of Baton's folder within it", async ({ sandbox, driver }) => {
    await writeFile(path.join(sandbox.batonHome, "token"), "hub token\n");
    await writeFile(path.join(sandbox.home, "notes.txt"), "plain notes\n");
    const inside = await driver.open(openAs(sandbox, "read"));
    await say(
      inside,
      script(call("read_file", { file_path: path.join(sandbox.home, "notes.txt") }), { say: "1" }),
    );
    expect(resultsIn(turnsOf(sandbox).at(-1))).not.toContain("plain notes");

    const around = await driver.open(openAs(sandbox, "read", { cwd: sandbox.root }));
    const reads = ["state/token", "home/notes.txt"].map((file_path) => call("read_file", { file_path }));
    await say(around, script(...reads, call("grep_search", { pattern: "token" }), { say: "2" }));
    const told = resultsIn(turnsOf(sandbox).at(-1));
    expect(told).toContain("plain notes");
    expect(told).not.toContain("hub token");
  });
});

describe("Gemini CLI under write", { timeout: PLENTY }, () => {
  it("changes files in its directory by itself, and asks for what goes beyond", async ({
    sandbox,
    driver,
  }) => {
    const conversation = await driver.open(openAs(sandbox, "write", { approvals: "ask" }));
    const asked: AgentRequest[] = [];
    const events: AgentEvent[] = [];
    const answers: RequestAnswer[] = [{ decision: "approve" }, { decision: "deny", reason: "no" }];
    const outside = path.join(sandbox.home, "outside.txt");
    const replace = { file_path: "README.md", instruction: "red", old_string: "green", new_string: "red" };
    const turn = conversation.run(
      script(
        write("new.txt"),
        call("replace", replace),
        write(outside),
        { shell: "touch approved" },
        { shell: `touch ${outside} denied` },
        { shell: "echo looks only" },
        { say: "done" },
      ),
      (event) => events.push(event),
      {
        onRequest: async (request) => {
          asked.push(request);
          return answers[asked.length - 1] ?? { decision: "deny", reason: "no" };
        },
      },
    );
    expect(textOf(await turn.outcome)).toBe("done");
    expect(asked.map(({ kind, summary }) => [kind, summary])).toEqual([
      ["command", "touch approved"],
      ["command", `touch ${outside} denied`],
    ]);
    expect((await readdir(sandbox.workspace)).toSorted()).toEqual([
      ".git",
      "README.md",
      "approved",
      "new.txt",
    ]);
    expect(await readdir(sandbox.home)).not.toContain("outside.txt");
    expect(await readFile(path.join(sandbox.workspace, "README.md"), "utf8")).toContain("lighthouse is red");
    expect(events.filter(({ type }) => type === "file.changed").map(({ data }) => data)).toEqual([
      { path: path.join(sandbox.workspace, "new.txt"), kind: "add" },
      { path: path.join(sandbox.workspace, "README.md"), kind: "update" },
    ]);
    await conversation.close();
  });

  it("has to do without where nobody is asked", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "write"));
    await say(conversation, script({ shell: "touch made" }, write("kept.txt"), { say: "done" }));
    expect((await readdir(sandbox.workspace)).toSorted()).toEqual([".git", "README.md", "kept.txt"]);
  });

  it("works in a folder that its user does not trust, without what is configured there", async ({
    sandbox,
    driver,
  }) => {
    const folder = path.join(sandbox.home, "stranger");
    await mkdir(path.join(folder, ".gemini"), { recursive: true });
    const hook = { type: "command", command: `touch ${path.join(folder, "hooked")}` };
    await writeFile(
      path.join(folder, ".gemini", "settings.json"),
      JSON.stringify({
        hooks: { BeforeAgent: [{ hooks: [hook] }] },
        mcpServers: { theirs: { command: "touch", args: [path.join(folder, "started")] } },
        general: { defaultApprovalMode: "auto_edit" },
      }),
    );
    const conversation = await driver.open(openAs(sandbox, "write", { cwd: folder }));
    expect(textOf(await say(conversation, script(write("made.txt"), { say: "done" })))).toBe("done");
    expect((await readdir(folder)).toSorted()).toEqual([".gemini", "made.txt"]);
  });
});

describe("Gemini CLI under full", { timeout: PLENTY }, () => {
  it("asks for nothing", async ({ sandbox, driver }) => {
    const conversation = await driver.open(
      openAs(sandbox, "full", { launch: launchOf(sandbox, { privateFolders: [] }) }),
    );
    const made = path.join(sandbox.home, "made");
    await say(conversation, script({ shell: `echo x > ${made} && rm README.md` }, { say: "done" }));
    expect(await readFile(made, "utf8")).toBe("x\n");
    expect(await readdir(sandbox.workspace)).not.toContain("README.md");
    await rm(made);
  });
});
