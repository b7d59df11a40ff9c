import { describe, expect, it } from "vitest";

import { declined } from "../../src/agents/codex/answers.ts";

describe("a request of the app-server", () => {
  const requests = [
    "item/commandExecution/requestApproval",
    "item/fileChange/requestApproval",
    "item/permissions/requestApproval",
    "item/tool/requestUserInput",
    "item/tool/call",
    "mcpServer/elicitation/request",
    "applyPatchApproval",
    "execCommandApproval",
  ];
  for (const method of requests) {
    it(`${method} is answered in its own form, and never with yes`, () => {
      const answer = declined({ id: 1, method, params: {} });
      expect(answer).toHaveProperty("result");
      expect(JSON.stringify(answer)).not.toMatch(/accept|approved|"success":true/);
    });
  }

  it("that nobody knows is answered with an error", () => {
    for (const method of ["item/soul/requestApproval", "account/chatgptAuthTokens/refresh", "toString"]) {
      expect(declined({ id: 1, method, params: {} })).toMatchObject({ error: { code: -32_601 } });
    }
  });
});
