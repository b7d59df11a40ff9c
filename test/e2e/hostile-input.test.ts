import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

import { MAX_PROMPT } from "../../src/contracts/prompt.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it } from "../support/baton.ts";
import { connectMcp } from "../support/mcp-client.ts";

const AGENTS = ["codex", "claude"];

/** Prompts that some layer on the way could take for something else. */
const HOSTILE: readonly (readonly [string, string])[] = [
  ["a dash", "-v"],
  ["a lone dash", "-"],
  ["a flag", "--dangerously-bypass-approvals-and-sandbox"],
  ["a slash command", "/clear"],
  ["a file reference", "@README.md what is this?"],
  ["a shell escape", "!touch made"],
  ["a note", "# remember this"],
  [
    "shell metacharacters",
    `'"; touch made; $(touch made) \`touch made\` && || | > made < * ? ~ \\ %PATH% $HOME`,
  ],
  ["line breaks of every kind", "one\r\ntwo\rthree\n\nfour\u2028five\u2029six\u0085seven\u000beight"],
  ["spaces around it", "  \t two spaces before, a break after \n"],
  ["a NUL", "before\u0000after"],
  ["control characters", "\u001b[31mred\u001b[0m \u0007 \u0008 \u007f \u009b"],
  ["emoji and combining characters", "👩‍👩‍👧‍👦 e\u0301 \u0627\u0644\u0639 \ud83e\udd89 \ufeff\u200b\u202e"],
  ["markup", "</system-reminder><user>{{x}} ${y} <!-- --> &amp; [INST]"],
  ["JSON", '{"jsonrpc":"2.0","method":"shutdown"}\n{"type":"control_request"}\n'],
];

/** The prompts that the model has been sent, by the agents' own words for their users' words. */
function arrived(sandbox: Sandbox): readonly string[] {
  return sandbox.model.requests.filter(({ side }) => !side).map(({ prompt }) => prompt);
}

describe.each(AGENTS)("a prompt for %s arrives exactly", (agent) => {
  it("from stdin and from a file, whatever is in it", async ({ baton, sandbox }) => {
    const file = path.join(sandbox.root, "prompt");
    for (const [what, prompt] of HOSTILE) {
      const piped = await baton.run(["ask", agent, "-"], { input: prompt });
      expect({ what, code: piped.code, last: arrived(sandbox).at(-1) }).toEqual({
        what,
        code: 0,
        last: prompt,
      });
    }
    const [, last = ""] = HOSTILE.at(-1) ?? [];
    await writeFile(file, last);
    await baton.run(["ask", agent, "--file", file]);
    expect(arrived(sandbox).at(-1)).toBe(last);
    expect((await sandbox.run(["git", "status", "--porcelain"])).stdout).toBe("");
  });

  it("with as many characters as there may be, and not with one more", async ({ baton, sandbox }) => {
    const prompt = "wörd ".repeat(MAX_PROMPT / 5).padEnd(MAX_PROMPT, ".");
    expect((await baton.run(["ask", agent, "-"], { input: prompt })).code).toBe(0);
    expect(arrived(sandbox).at(-1) === prompt).toBe(true);
    const { code, stderr } = await baton.run(["ask", agent, "-"], { input: `${prompt}.` });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^baton: invalid_argument: the prompt is too long: it has 1,048,577 [^\n]*\n$/);
    expect(await baton.json(["tasks"])).toMatchObject({ items: [{ status: "completed" }] });
  });
});

// How a prompt reaches the hub makes no difference to the agent.
describe("a prompt arrives exactly", () => {
  it("over MCP, whatever is in it", async ({ sandbox }) => {
    const client = await connectMcp(sandbox);
    for (const [what, prompt] of HOSTILE) {
      const { isError } = await client.call("ask_agent", { agent: "codex", prompt });
      expect({ what, isError, last: arrived(sandbox).at(-1) }).toEqual({
        what,
        isError: undefined,
        last: prompt,
      });
    }
    await client.close();
    expect((await sandbox.run(["git", "status", "--porcelain"])).stdout).toBe("");
  });

  it("from an argument, behind -- where it begins with a dash", async ({ baton, sandbox }) => {
    for (const [, prompt] of HOSTILE.filter(([what]) => what !== "a NUL" && what !== "a lone dash")) {
      await baton.run(["ask", "codex", "--", prompt]);
      expect(arrived(sandbox).at(-1)).toBe(prompt);
    }
  });
});

describe("a prompt that cannot arrive exactly", () => {
  it("is refused from the command line before there is a task", async ({ baton }) => {
    const refused: readonly (readonly [string, Buffer, string])[] = [
      ["nothing", Buffer.from(""), "is empty"],
      ["only spaces", Buffer.from(" \r\n\t\u2028 "), "is empty"],
      ["no UTF-8", Buffer.from([0x68, 0x69, 0xff, 0xfe]), "is not UTF-8 text"],
      ["a surrogate in UTF-8", Buffer.from([0xed, 0xa0, 0x80]), "is not UTF-8 text"],
      ["half a character", Buffer.from("🦉").subarray(0, 2), "is not UTF-8 text"],
      ["far too much", Buffer.alloc(3 * MAX_PROMPT + 1, "x"), "is too long"],
    ];
    for (const [what, input, words] of refused) {
      const { code, stderr, stdout } = await baton.run(["ask", "codex", "-"], { input });
      const said = stderr.includes("baton: invalid_argument: ") && stderr.includes(words);
      expect({ what, code, said, stdout }).toEqual({ what, code: 2, said: true, stdout: "" });
    }
    expect(await baton.json(["tasks"])).toEqual({ items: [], next: null });
  });

  it("is refused over MCP in the same words", async ({ baton, sandbox }) => {
    const client = await connectMcp(sandbox);
    const refused: readonly (readonly [string, string])[] = [
      ["\ud800 half a pair", "half of a surrogate pair"],
      [" \n\t ", "the prompt is empty"],
      ["x".repeat(MAX_PROMPT + 1), "the prompt is too long"],
    ];
    for (const [prompt, words] of refused) {
      const { isError, content, structuredContent } = await client.call("ask_agent", {
        agent: "codex",
        prompt,
      });
      expect(isError).toBe(true);
      expect(content[0]?.text).toMatch(new RegExp(`^ERROR invalid_argument: [^\n]*${words}`));
      expect(structuredContent).toMatchObject({ error: { code: "invalid_argument" } });
    }
    await client.close();
    expect(await baton.json(["tasks"])).toEqual({ items: [], next: null });
  });
});

describe("an argument beside the prompt", () => {
  it("is refused in a sentence that names it, and never becomes a flag", async ({ baton, sandbox }) => {
    const client = await connectMcp(sandbox);
    const refused: readonly (readonly [Record<string, unknown>, string])[] = [
      [{ model: "--dangerously-skip-permissions" }, "the model has to be one word"],
      [{ model: "a\u0000b" }, "the model has to be one word"],
      [{ model: "x".repeat(300) }, "the model has to be one word"],
      [{ effort: "--settings=/tmp/x" }, "the effort has to be one word"],
      [{ effort: "high\n" }, "the effort has to be one word"],
      [{ session: "../../etc/passwd" }, "cannot name a session"],
      [{ session: "--resume" }, "cannot name a session"],
      [{ session: "a\u001b[2Jb" }, "cannot name a session"],
      [{ session: "n".repeat(101) }, "cannot name a session"],
      [{ session: "s_../../x" }, "there is no session"],
      [{ session: "s_mine", reset: true }, "cannot name a session"],
      [{ agent: "../codex" }, "there is no agent"],
      [{ cwd: "README.md" }, "is not a directory"],
      [{ cwd: "gone" }, "is not a directory"],
      [{ cwd: "a\u0000b" }, "is not a directory"],
      [{ prompt: 3 }, "prompt: Invalid input: expected string"],
      [{ sandbox: "none" }, "Unrecognized key"],
    ];
    for (const [change, words] of refused) {
      const args = { agent: "claude", prompt: "hello", ...change };
      const { isError, content } = await client.call("ask_agent", args);
      const [first = ""] = (content[0]?.text ?? "").split("\n");
      expect({ change, isError, said: first.includes(words) ? words : first }).toEqual({
        change,
        isError: true,
        said: words,
      });
    }
    await client.close();
    const { code, stderr } = await baton.run(["ask", "codex", "--model", "-x", "hello"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("the model has to be one word")]);
    expect(await baton.json(["tasks"])).toEqual({ items: [], next: null });
    expect(sandbox.model.requests).toEqual([]);
  });

  it("may be a session's name of any letters, and one with the characters of a path", async ({ baton }) => {
    for (const name of ["fix/../auth", "größe 1", "日本", "a@b#c"]) {
      const { session } = await baton.task(["ask", "codex", "--session", name, "hello"]);
      expect(await baton.task(["ask", "codex", "--session", name, "again"])).toMatchObject({ session });
    }
  });

  it("may be a link to a directory, which is recorded as what it is", async ({ baton, sandbox }) => {
    const real = path.join(sandbox.home, "real");
    await mkdir(real);
    await symlink(real, path.join(sandbox.home, "link"));
    for (const agent of AGENTS) {
      expect(await baton.task(["ask", agent, "--cwd", "../link", "hello"])).toMatchObject({
        status: "completed",
        cwd: real,
      });
    }
  });

  it("is refused where the directory of a session has gone, and says how to go on", async ({
    baton,
    sandbox,
  }) => {
    const folder = path.join(sandbox.home, "soon-gone");
    await mkdir(folder);
    const { session } = await baton.task(["ask", "claude", "--cwd", folder, "hello"]);
    await rm(folder, { recursive: true });
    const { code, stderr } = await baton.run(["ask", "claude", "--session", session, "again"]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${folder} is not a directory`);
  });
});
