import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { handoffSchema, type Handoff } from "../../src/contracts/handoff.ts";
import type { LoggedRequest } from "../../testkit/model/log.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it, type Baton } from "../support/baton.ts";

const TURNS = 11;

/** What Claude Code does in each turn of the story, before it says which one that was. */
function stepsOf(sandbox: Sandbox): readonly (readonly unknown[])[] {
  const notes = path.join(sandbox.workspace, "notes.txt");
  const call = (name: string, input: unknown) => ({ call: { name, input } });
  return [
    [],
    [{ shell: "printf 'one\\ntwo\\n'" }],
    [{ shell: "echo the build is broken >&2; exit 3" }],
    [call("Write", { file_path: notes, content: "first\nsecond\n" })],
    [
      call("Read", { file_path: notes }),
      call("Edit", { file_path: notes, old_string: "second", new_string: "2nd ✓" }),
    ],
    [call("Edit", { file_path: notes, old_string: "not there", new_string: "x" })],
    [call("TaskCreate", { subject: "Mend the build", description: "Mend the build" })],
    [{ parallel: [{ shell: "echo left" }, { shell: "echo right" }] }],
    [{ shell: "ls no-such-file" }],
    [call("Write", { file_path: path.join(sandbox.workspace, "last.txt"), content: "no end" })],
    [],
  ];
}

const words = (turn: number) => `This is what I want in turn ${turn}: „größer" & <b>bold</b> 🙂`;
const prompt = (turn: number, steps: readonly unknown[]) =>
  `${words(turn)} SCRIPT ${JSON.stringify([...steps, { say: `Done with turn ${turn}.` }])}`;

/** A conversation that a person had with their own Claude Code. */
async function tellStory(sandbox: Sandbox): Promise<string> {
  const resultSchema = z.looseObject({ session_id: z.string(), is_error: z.literal(false) });
  let id: string | null = null;
  for (const [index, steps] of stepsOf(sandbox).entries()) {
    const args = [
      "-p",
      "--model=claude-sonnet-4-5",
      "--output-format=json",
      "--permission-mode=acceptEdits",
      "--allowedTools=Bash,TaskCreate",
    ];
    const resume = id === null ? [] : ["--resume", id];
    const { stdout, stderr } = await sandbox.run([sandbox.clis.claude, ...args, ...resume], {
      input: prompt(index + 1, steps),
    });
    const parsed = resultSchema.safeParse(JSON.parse(stdout === "" ? "null" : stdout));
    if (!parsed.success) throw new Error(`turn ${index + 1}: ${stdout} ${stderr}`);
    id = parsed.data.session_id;
  }
  return id ?? "";
}

/** The file in which an agent has a conversation. */
async function fileOf(sandbox: Sandbox, id: string): Promise<string> {
  const files = await readdir(sandbox.root, { recursive: true });
  const found = files.find(
    (file) => file.endsWith(`${id}.jsonl`) || file.endsWith(`-${id.slice(0, 8)}.jsonl`),
  );
  if (found === undefined) throw new Error(`nobody has the conversation ${id}`);
  return path.join(sandbox.root, found);
}

async function hashOf(file: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}

/** Hands a conversation on, and holds the source to what it was. */
async function handOn(
  { sandbox, baton }: { readonly sandbox: Sandbox; readonly baton: Baton },
  { from, id, to }: { readonly from: string; readonly id: string; readonly to: string },
): Promise<Handoff> {
  const source = await fileOf(sandbox, id);
  const before = await hashOf(source);
  const handoff = handoffSchema.parse(await baton.json(["handoff", "--from", `${from}:${id}`, "--to", to]));
  expect(await hashOf(source)).toBe(before);
  expect(handoff).toMatchObject({
    mode: "history",
    agent: to,
    from: { agent: from, native_id: id },
    warnings: [],
  });
  const written = await fileOf(sandbox, String(handoff.native_id));
  expect((await stat(written)).mode & 0o777).toBe(0o600);
  return handoff;
}

/** What somebody says next in the agent's own CLI, and what that asks its model. */
async function goOn(
  sandbox: Sandbox,
  argv: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<LoggedRequest> {
  const before = sandbox.model.requests.length;
  const input = 'And now? SCRIPT [{"say":"It goes on."}]';
  const { stdout, stderr } = await sandbox.run(argv, { input, env: { ...sandbox.env, ...env } });
  expect(stdout, stderr).toContain("It goes on.");
  const asked = sandbox.model.requests.slice(before).find(({ side }) => !side);
  if (asked === undefined) throw new Error(`the model was not asked: ${stderr}`);
  return asked;
}

/** Who has said which turn, as the model is told it. */
function saidIn({ entries }: LoggedRequest): readonly string[] {
  return entries.flatMap((entry) => {
    if (entry.role === "user") {
      return [...entry.text.matchAll(/This is what I want in turn (\d+): „größer" & <b>bold<\/b> 🙂/g)].map(
        ([, turn]) => `user ${turn}`,
      );
    }
    if (entry.role === "assistant")
      return [...entry.text.matchAll(/Done with turn (\d+)\./g)].map(([, turn]) => `assistant ${turn}`);
    return [];
  });
}

const STORY = Array.from({ length: TURNS }, (_, at) => [`user ${at + 1}`, `assistant ${at + 1}`]).flat();

function callsIn({ entries }: LoggedRequest): readonly string[] {
  return entries.flatMap((entry) => (entry.role === "call" ? [entry.name] : []));
}

function toolTextsIn({ entries }: LoggedRequest): string {
  return entries.flatMap((entry) => (entry.role === "tool" ? [entry.text] : [])).join("\n");
}

describe("a conversation of eleven turns with tools, edits and failures", () => {
  it("goes from Claude Code to Codex to Gemini CLI and back, and each one's own CLI goes on with it", async ({
    sandbox,
    baton,
  }) => {
    const story = await tellStory(sandbox);
    const all = { sandbox, baton };

    const toCodex = await handOn(all, { from: "claude", id: story, to: "codex" });
    expect(toCodex.carried).toEqual({ user: 11, assistant: 11, tool: 7, edit: 3, plan: 1 });
    expect(toCodex.turned_to_text).toEqual([]);
    expect(toCodex.dropped.map(({ what }) => what)).toEqual(["words of the agent's own program"]);
    const thread = String(toCodex.native_id);
    expect(toCodex.command).toBe(`codex resume ${thread}`);
    const inCodex = await goOn(sandbox, [sandbox.clis.codex, "exec", "resume", "--json", thread, "-"]);
    expect(inCodex).toMatchObject({ api: "responses", session: thread });
    expect(saidIn(inCodex)).toEqual(STORY);
    expect(callsIn(inCodex)).toEqual([
      "exec_command",
      "exec_command",
      "apply_patch",
      "Read",
      "apply_patch",
      "Edit",
      "update_plan",
      "exec_command",
      "exec_command",
      "exec_command",
      "apply_patch",
    ]);
    expect(toolTextsIn(inCodex)).toContain("the build is broken");
    const patches = inCodex.entries.flatMap((entry) =>
      entry.role === "call" && entry.name === "apply_patch" ? [entry.input] : [],
    );
    expect(patches[1]).toContain("-second\n+2nd ✓");
    expect(patches[2]).toContain("+no end\n\\ No newline at end of file");

    const toGemini = await handOn(all, { from: "codex", id: thread, to: "gemini" });
    expect(toGemini.carried).toEqual({ user: 12, assistant: 12, tool: 7, edit: 3, plan: 1 });
    const chat = String(toGemini.native_id);
    const [setting = "", ...argv] = toGemini.command.split(" ");
    expect(argv).toEqual(["gemini", "--resume", chat]);
    const home = { GEMINI_CLI_HOME: setting.slice("GEMINI_CLI_HOME=".length) };
    const inGemini = await goOn(sandbox, [sandbox.clis.gemini, "--resume", chat], home);
    expect(inGemini.api).toBe("generate");
    expect(saidIn(inGemini)).toEqual(STORY);
    expect(callsIn(inGemini)).toContain("replace");
    expect(toolTextsIn(inGemini)).toContain("the build is broken");

    const toClaude = await handOn(all, { from: "gemini", id: chat, to: "claude" });
    expect(toClaude.carried).toEqual({ user: 13, assistant: 13, tool: 7, edit: 3, plan: 1 });
    const session = String(toClaude.native_id);
    expect(toClaude.command).toBe(`claude --resume ${session}`);
    const inClaude = await goOn(sandbox, [sandbox.clis.claude, "-p", "--resume", session]);
    expect(inClaude).toMatchObject({ api: "messages", session });
    expect(saidIn(inClaude)).toEqual(STORY);
    const own = [
      "Bash",
      "Bash",
      "Write",
      "Read",
      "Edit",
      "Edit",
      "TodoWrite",
      "Bash",
      "Bash",
      "Bash",
      "Write",
    ];
    expect(callsIn(inClaude)).toEqual(own);
    expect(toolTextsIn(inClaude)).toContain("the build is broken");
    // The way back is told all along.
    const begun = inClaude.entries.flatMap((entry) => (entry.role === "user" ? [entry.text] : [])).join("\n");
    expect(begun).toMatch(new RegExp(`${chat}[^]*${thread}[^]*${story}`));
    const { items } = (await baton.json(["sessions", "--agent", "claude"])) as { items: unknown[] };
    expect(items).toMatchObject([
      { native_id: session, continued_from: { agent: "gemini", native_id: chat } },
    ]);
  }, 240_000);
});
