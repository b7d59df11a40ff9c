import { describe, expect, it } from "../../testkit/vitest.ts";

const codex = (prompt: string, ...more: string[]): readonly [string, ...string[]] => [
  "codex",
  "exec",
  "--json",
  ...more,
  "--",
  prompt,
];
const claude = (prompt: string, ...more: string[]): readonly [string, ...string[]] => [
  "claude",
  "-p",
  "--output-format",
  "json",
  ...more,
  "--",
  prompt,
];

describe("the real Codex on the offline model", () => {
  it("answers what the prompt scripts", async ({ sandbox }) => {
    const { code, stdout } = await sandbox.run(codex('SCRIPT [{"say":"bonjour"}]'));
    expect(stdout).toContain("bonjour");
    expect(code).toBe(0);
  });

  it("runs a shell command and shows the model what came of it", async ({ sandbox }) => {
    const { stdout } = await sandbox.run(codex('SCRIPT [{"shell":"cat README.md"},{"tool_result":true}]'));
    expect(stdout).toContain("The lighthouse is green.");
  });

  it("ends with an error when the model refuses", async ({ sandbox }) => {
    const { code, stdout } = await sandbox.run(codex('SCRIPT [{"fail":{"status":429}}]'));
    expect(stdout).toContain("429");
    expect(code).toBe(1);
  });
});

describe("the real Claude Code on the offline model", () => {
  it("answers what the prompt scripts", async ({ sandbox }) => {
    const { code, stdout } = await sandbox.run(claude('SCRIPT [{"say":"bonjour"}]'));
    expect(JSON.parse(stdout)).toMatchObject({ is_error: false, result: "bonjour" });
    expect(code).toBe(0);
  });

  it("quotes the history that it was sent", async ({ sandbox }) => {
    const id = "7b0f5c1e-6d0c-4a57-9d2e-0a3c2f0f5a11";
    await sandbox.run(claude('SCRIPT [{"say":"the word is heron"}]', "--session-id", id));
    const { stdout } = await sandbox.run(claude('SCRIPT [{"history":true}]', "--resume", id));
    expect(JSON.parse(stdout).result).toContain("assistant: the word is heron");
  });

  it("runs a shell command and shows the model what came of it", async ({ sandbox }) => {
    const { stdout } = await sandbox.run(claude('SCRIPT [{"shell":"cat README.md"},{"tool_result":true}]'));
    expect(JSON.parse(stdout).result).toContain("The lighthouse is green.");
  });
});

const gemini = (prompt: string): readonly [string, ...string[]] => [
  "gemini",
  "-o",
  "json",
  `--prompt=${prompt}`,
];

describe("the real Gemini CLI on the offline model", () => {
  it("runs a tool, is told the result, and answers with its tokens counted", async ({ sandbox }) => {
    const prompt =
      'SCRIPT [{"call":{"name":"read_file","input":{"file_path":"README.md"}}},{"tool_result":true,"usage":{"input":900,"cached":300,"output":7}}]';
    const { code, stdout } = await sandbox.run(gemini(prompt));
    const { response, stats } = JSON.parse(stdout);
    expect(response).toContain("The lighthouse is green.");
    expect(Object.values(stats.models)).toContainEqual(
      expect.objectContaining({ tokens: expect.objectContaining({ cached: 300 }) }),
    );
    expect(code).toBe(0);
    const [first, second] = sandbox.model.requests.filter(({ side }) => !side);
    expect(first).toMatchObject({ api: "generate", prompt, credential: "x-goog-api-key", status: 200 });
    expect(second?.entries.map(({ role }) => role)).toEqual(["user", "call", "tool"]);
  });

  it("ends with an error when the model refuses", async ({ sandbox }) => {
    const refused = await sandbox.run(gemini('SCRIPT [{"fail":{"status":400,"message":"too much"}}]'));
    expect(refused.stderr).toContain("too much");
    expect(refused.code).not.toBe(0);
  });
});

describe("the model's log", () => {
  it("has every request, without the credentials", async ({ sandbox }) => {
    await Promise.all([sandbox.run(codex("hello")), sandbox.run(claude("hello"))]);
    const turns = sandbox.model.requests.filter((request) => !request.side);
    expect(turns.map(({ api, prompt }) => `${api}: ${prompt}`).toSorted()).toEqual([
      "messages: hello",
      "responses: hello",
    ]);
    expect(JSON.stringify(turns)).not.toContain(sandbox.env["MODEL_KEY"]);
  });
});
