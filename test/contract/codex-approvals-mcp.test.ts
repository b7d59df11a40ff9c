import { writeFile } from "node:fs/promises";
import path from "node:path";

import type { AgentRequest, Driver, RequestAnswer } from "../../src/agents/driver.ts";
import { codexConfig, type Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it, launchOf, openAs, script, textOf } from "./codex-kit.ts";

describe("what an MCP server of the user's asks", () => {
  const cases = [
    { tool: "write", kind: "tool", approved: "written", denied: /reject|denied|declined/i },
    { tool: "confirm", kind: "question", approved: "accept {}", denied: /decline/ },
  ] as const;
  for (const { tool, kind, approved, denied } of cases) {
    it(`is a request of kind ${kind} when it uses ${tool}, and is done or not`, async ({
      sandbox,
      driver,
    }) => {
      await configure(sandbox);
      const launch = launchOf(sandbox, { settings: { mcp_servers: true, project_config: false } });
      const conversation = await driver.open(openAs(sandbox, "read", { launch, approvals: "ask" }));
      const asked: AgentRequest[] = [];
      const prompt = script({ mcp: { server: "asker", tool } }, { tool_result: true });
      const ask = async (decision: "approve" | "deny") => {
        const turn = conversation.run(prompt, () => undefined, {
          onRequest: async (request) => {
            asked.push(request);
            return decision === "approve" ? { decision } : { decision, reason: "no" };
          },
        });
        return textOf(await turn.outcome);
      };
      expect(await ask("deny")).toMatch(denied);
      expect(await ask("approve")).toContain(approved);
      expect(asked.map((request) => request.kind)).toEqual([kind, kind]);
      expect(asked[0]?.summary).toContain("asker");
      await conversation.close();
    });
  }

  const forms: [string, string, readonly string[], RequestAnswer, string | RegExp][] = [
    ["takes the text that it requires", "fill_in", [], { decision: "answer", text: "Ada" }, /accept .*"Ada"/],
    [
      "takes one of the choices that it offers",
      "choose",
      ["Light blue", "red"],
      { decision: "answer", text: "Light blue" },
      /accept .*"light"/,
    ],
    [
      "takes no other text",
      "choose",
      ["Light blue", "red"],
      { decision: "answer", text: "green" },
      "decline",
    ],
    ["is declined where it is denied", "fill_in", [], { decision: "deny", reason: "no" }, "decline"],
    ["is declined where a yes says nothing", "fill_in", [], { decision: "approve" }, "decline"],
  ];
  for (const [what, tool, options, answer, told] of forms) {
    it(`${what}, in a form of one field (${JSON.stringify(answer)})`, async ({ sandbox, driver }) => {
      const { asked, said } = await use(sandbox, driver, tool, answer);
      expect(said).toMatch(told);
      expect(asked).toMatchObject([{ kind: "question", takes: "text", options, summary: "asker: Shall I?" }]);
    });
  }

  for (const tool of ["fill_in_more", "count"]) {
    it(`is declined without asking when its form wants more than a text (${tool})`, async ({
      sandbox,
      driver,
    }) => {
      const { asked, said } = await use(sandbox, driver, tool, { decision: "answer", text: "1" });
      expect([said.includes("decline"), asked]).toEqual([true, []]);
    });
  }
});

/** Lets Codex use a tool that asks, and answers it. */
async function use(sandbox: Sandbox, driver: Driver, tool: string, answer: RequestAnswer) {
  await configure(sandbox);
  const launch = launchOf(sandbox, { settings: { mcp_servers: true, project_config: false } });
  const conversation = await driver.open(openAs(sandbox, "read", { launch, approvals: "ask" }));
  const asked: AgentRequest[] = [];
  const prompt = script({ mcp: { server: "asker", tool } }, { tool_result: true });
  const turn = conversation.run(prompt, () => undefined, {
    onRequest: async (request) => {
      asked.push(request);
      return answer;
    },
  });
  const said = textOf(await turn.outcome);
  await conversation.close();
  return { asked, said };
}

async function configure(sandbox: Sandbox): Promise<void> {
  const server = path.join(sandbox.root, "asker.mjs");
  await writeFile(server, MCP_SERVER);
  const entry = `[mcp_servers.asker]\ncommand = ${JSON.stringify(process.execPath)}\nargs = ${JSON.stringify([server])}\n`;
  await sandbox.writeUserFile("home/.codex/config.toml", `${codexConfig(sandbox.model.url)}\n${entry}`);
}

const MCP_SERVER = `
import { createInterface } from "node:readline";
const inputSchema = { type: "object", properties: {} };
const readOnly = { readOnlyHint: true };
const tools = [
  { name: "write", description: "writes", inputSchema },
  { name: "confirm", description: "confirms", inputSchema, annotations: readOnly },
  ...["fill_in", "choose", "fill_in_more", "count"].map((name) => ({ name, description: "asks", inputSchema, annotations: readOnly })),
];
const forms = {
  confirm: { type: "object", properties: {} },
  fill_in: { type: "object", properties: { name: { type: "string" }, age: { type: "integer" } }, required: ["name"] },
  choose: { type: "object", properties: { colour: { type: "string", oneOf: [{ const: "light", title: "Light blue" }, { const: "red", title: "red" }] } }, required: ["colour"] },
  fill_in_more: { type: "object", properties: { a: { type: "string" }, b: { type: "string" } }, required: ["a", "b"] },
  count: { type: "object", properties: { n: { type: "integer" } }, required: ["n"] },
};
const calls = new Map();
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\\n");
const say = (id, text) => send({ id, result: { content: [{ type: "text", text }] } });
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params, result } = JSON.parse(line);
  if (id === undefined) return;
  if (method === undefined) return say(calls.get(id), result.action + " " + JSON.stringify(result.content));
  if (method === "initialize") {
    return send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "asker", version: "1" } } });
  }
  if (method === "tools/list") return send({ id, result: { tools } });
  if (method !== "tools/call") return send({ id, result: {} });
  if (params.name === "write") return say(id, "written");
  calls.set("e" + id, id);
  send({ id: "e" + id, method: "elicitation/create", params: { message: "Shall I?", requestedSchema: forms[params.name] } });
});
`;
