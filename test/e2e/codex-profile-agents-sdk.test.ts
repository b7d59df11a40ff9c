import { Agent, MCPServerStdio, OpenAIProvider, Runner, setTracingDisabled } from "@openai/agents";

import { BATON, describe, expect, it } from "../support/baton.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";

const script = (...steps: readonly unknown[]) => `SCRIPT ${JSON.stringify(steps)}`;

describe("the OpenAI Agents SDK", () => {
  it("lists and calls the tools of the codex profile as those of codex mcp-server", async ({ sandbox }) => {
    const server = serverIn(sandbox);
    await server.connect();
    try {
      expect((await server.listTools()).map(({ name }) => name)).toEqual(["codex", "codex-reply"]);
      const first = await server.callToolResult("codex", { prompt: "The word is lighthouse." });
      const { threadId } = first.structuredContent as { threadId: string };
      const prompt = script({ history: true });
      const second = await server.callToolResult("codex-reply", { threadId, prompt });
      expect(second.structuredContent).toMatchObject({
        threadId,
        content: expect.stringContaining("lighthouse"),
      });
    } finally {
      await server.close();
    }
  });

  it("lets an agent of its own hand work to Codex", async ({ sandbox }) => {
    setTracingDisabled(true);
    const server = serverIn(sandbox);
    await server.connect();
    try {
      const agent = new Agent({ name: "lead", model: "gpt-5.5", mcpServers: [server] });
      const modelProvider = new OpenAIProvider({
        apiKey: "sk-of-a-test",
        baseURL: `${sandbox.model.url}/v1`,
        useResponses: true,
      });
      const call = { name: "codex", input: { prompt: script({ say: "Codex says hello" }) } };
      const input = script({ call }, { tool_result: true });
      const result = await new Runner({ modelProvider }).run(agent, input);
      expect(result.finalOutput).toContain("Codex says hello");
    } finally {
      await server.close();
    }
  });
});

function serverIn(sandbox: Sandbox): MCPServerStdio {
  return new MCPServerStdio({
    name: "codex",
    command: process.execPath,
    args: [BATON, "mcp", "--profile", "codex"],
    env: sandbox.env,
    cwd: sandbox.workspace,
    clientSessionTimeoutSeconds: 60,
  });
}
