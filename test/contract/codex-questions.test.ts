import type { AgentRequest, RequestAnswer } from "../../src/agents/driver.ts";
import { describe, expect, it, openAs, script, textOf } from "./codex-kit.ts";

const question = (id: string) => ({
  id,
  header: "Paint",
  question: `Which ${id}?`,
  options: [
    { label: "Blue", description: "as the sea" },
    { label: "Red", description: "as brick" },
  ],
});
const asking = (...ids: readonly string[]) =>
  script(
    { call: { name: "request_user_input", input: { questions: ids.map(question) } } },
    { tool_result: true },
  );

describe("a question that Codex has", () => {
  it("is a request that takes a text, and the answer reaches the model", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read", { approvals: "ask" }));
    const { asked, options } = answering({ "Which colour?": { decision: "answer", text: "Green, please" } });
    const turn = conversation.run(asking("colour"), () => undefined, options);
    expect(textOf(await turn.outcome)).toContain('{"answers":{"colour":{"answers":["Green, please"]}}}');
    expect(asked).toEqual([
      {
        kind: "question",
        summary: "Which colour?",
        detail: expect.stringContaining("- Blue: as the sea"),
        options: ["Blue", "Red"],
        takes: "text",
      },
    ]);
    await conversation.close();
  });

  it("is one of several requests when it comes with others, and may be denied alone", async ({
    sandbox,
    driver,
  }) => {
    const conversation = await driver.open(openAs(sandbox, "write", { approvals: "ask" }));
    const { asked, options } = answering({
      "Which colour?": { decision: "deny", reason: "no" },
      "Which brush?": { decision: "answer", text: "Red" },
    });
    const turn = conversation.run(asking("colour", "brush"), () => undefined, options);
    expect(textOf(await turn.outcome)).toContain('{"answers":{"brush":{"answers":["Red"]}}}');
    expect(asked.map(({ summary }) => summary)).toEqual(["Which colour?", "Which brush?"]);
    await conversation.close();
  });

  it("is put to nobody where approvals are declined", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const { asked, options } = answering({});
    const turn = conversation.run(asking("colour"), () => undefined, options);
    expect(textOf(await turn.outcome)).toContain("unavailable");
    expect(asked).toEqual([]);
    await conversation.close();
  });
});

function answering(answers: Readonly<Record<string, RequestAnswer>>) {
  const asked: AgentRequest[] = [];
  const onRequest = async (request: AgentRequest): Promise<RequestAnswer> => {
    asked.push(request);
    return answers[request.summary] ?? { decision: "approve" };
  };
  return { asked, options: { onRequest } };
}
