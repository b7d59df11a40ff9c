import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";

import { hasAnswer, isBlank, readChatFile } from "../../src/agents/gemini/chat-file.ts";
import { OWN_TOOLS, policyFor } from "../../src/agents/gemini/policy.ts";
import { childSettings, readUserSettings, variablesNamedIn } from "../../src/agents/gemini/settings.ts";
import { geminiWords } from "../../src/agents/gemini/words.ts";
import { TOOLS } from "../../src/mcp/catalogue.ts";

async function inFolder<T>(settings: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), "baton-gemini-"));
  try {
    await writeFile(path.join(folder, "settings.json"), settings);
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const SETTINGS = `{ // how I like it
  "security": { "auth": { "selectedType": "vertex-ai" }, "folderTrust": { "enabled": true } },
  /* "hooks": off */
  "hooks": { "BeforeTool": [] }, "ui": { "theme": "// no comment" },
  "tools": { "allowed": ["run_shell_command"], "exclude": ["web_fetch"] },
  "general": { "defaultApprovalMode": "yolo", "sessionRetention": { "enabled": true } },
  "context": { "fileName": "NOTES.md", "includeDirectories": ["/"] },
  "mcpServers": { "baton": { "command": "x" }, "own": { "command": "y", "env": { "A": "$A_KEY", "B": "\${B_KEY:-b}" } } }
}`;

describe("the settings of a child of Gemini CLI", () => {
  it("keep what logs in and forbids, and nothing that runs or allows", async () => {
    const user = await inFolder(SETTINGS, readUserSettings);
    expect(childSettings(user, "vertex-ai")).toMatchObject({
      security: { auth: { selectedType: "vertex-ai" }, folderTrust: { enabled: true } },
      general: { sessionRetention: { enabled: false } },
      tools: { exclude: ["web_fetch"] },
      context: { fileName: ["NOTES.md"] },
      mcpServers: { own: { command: "y" } },
    });
    const text = JSON.stringify(childSettings(user, null));
    for (const word of ["hooks", "allowed", "yolo", "includeDirectories", "theme", '"baton"']) {
      expect(text).not.toContain(word);
    }
  });

  it("are the defaults where the person's cannot be read", async () => {
    const user = await inFolder("{ not json", readUserSettings);
    expect(childSettings(user, "gemini-api-key")).toMatchObject({
      security: { auth: { selectedType: "gemini-api-key" } },
    });
  });

  it("name the variables that they are filled in with", async () => {
    expect(await inFolder(SETTINGS, variablesNamedIn)).toEqual(["A_KEY", "B_KEY"]);
  });
});

describe("the policy of a level", () => {
  const rulesOf = (access: "read" | "write" | "full", user: Parameters<typeof policyFor>[0]["user"] = []) =>
    parse(policyFor({ access, hasPrivateFolder: false, user }))["rule"];

  it("lets every tool of Baton's through, by name", () => {
    expect(TOOLS.map(({ name }) => name).filter((name) => !OWN_TOOLS.includes(name))).toEqual([]);
  });

  it("denies, asks or lets through what no other rule names", () => {
    expect(rulesOf("read")).toContainEqual({ toolName: "*", decision: "deny", priority: 950 });
    expect(rulesOf("write")).toContainEqual({ toolName: "*", decision: "ask_user", priority: 950 });
    expect(rulesOf("full")).toContainEqual(expect.objectContaining({ toolName: "*", decision: "allow" }));
  });

  it("turns what the user is asked about into a denial where nobody can be", () => {
    const user = [{ toolName: "read_file", decision: "ask_user", priority: 998 }] as const;
    expect(rulesOf("read", user)).toContainEqual({ ...user[0], decision: "deny" });
    expect(rulesOf("write", user)).toContainEqual(user[0]);
  });
});

describe("a file of a conversation", () => {
  const head = '{"sessionId":"s","kind":"main"}';
  const context = '{"$set":{"messages":[{"type":"user","content":[{"text":"<session_context>x"}]}]}}';
  const asked = '{"id":"1","type":"user","content":[{"text":"hello"}]}';
  const answered = '{"id":"2","type":"gemini","content":"hi"}';

  it.each([
    { lines: [head, context], blank: true, answer: false },
    { lines: [head, context, asked], blank: false, answer: false },
    { lines: [head, context, asked, answered, '{"id":"3","ty'], blank: false, answer: true },
  ])("with $lines.length lines is blank: $blank, answered: $answer", ({ lines, blank, answer }) => {
    const chat = readChatFile(lines.join("\n"));
    expect(chat.sessionId).toBe("s");
    expect([isBlank(chat), hasAnswer(chat)]).toEqual([blank, answer]);
  });
});

describe("the words of Gemini CLI", () => {
  it("are freed of the JSON around them", () => {
    const inner = JSON.stringify({ error: { code: 429, message: "slow down" } });
    const message = JSON.stringify({ error: { message: inner } });
    expect(geminiWords.failureOf({ code: 429, message, data: null, authMethods: [] })).toMatchObject({
      code: "agent_rate_limited",
      message: "Gemini CLI: slow down",
    });
  });

  it("that end a turn without a token are no answer", () => {
    const none = { quota: { token_count: { input_tokens: 0, output_tokens: 0 } } };
    const some = { quota: { token_count: { input_tokens: 5, output_tokens: 1 } } };
    const prompted = (_meta: unknown) => ({ stopReason: "end_turn", usage: null, _meta });
    expect(geminiWords.disguised("half", prompted(none))).toMatchObject({ code: "agent_error" });
    expect(geminiWords.disguised("whole", prompted(some))).toBeNull();
  });
});
