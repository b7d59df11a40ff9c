import { describe, expect, it } from "vitest";

import { lastWords } from "../../src/agents/codex/last-words.ts";
import { openFailure } from "../../src/agents/codex/open-failure.ts";
import { RpcError } from "../../src/agents/codex/rpc.ts";
import { turnFailure } from "../../src/agents/codex/failure.ts";

const told = (codexErrorInfo: unknown, message = "words") => turnFailure({ message, codexErrorInfo });

describe("a failed turn", () => {
  const cases: readonly (readonly [unknown, object])[] = [
    ["unauthorized", { code: "agent_auth", retryable: false }],
    [{ httpConnectionFailed: { httpStatusCode: 401 } }, { code: "agent_auth" }],
    [{ responseStreamConnectionFailed: { httpStatusCode: 403 } }, { code: "agent_auth" }],
    ["usageLimitExceeded", { code: "agent_rate_limited", retryable: true }],
    [{ responseTooManyFailedAttempts: { httpStatusCode: 429 } }, { code: "agent_rate_limited" }],
    ["serverOverloaded", { code: "agent_error", retryable: true }],
    [{ httpConnectionFailed: { httpStatusCode: 503 } }, { code: "agent_error", retryable: true }],
    [{ httpConnectionFailed: { httpStatusCode: null } }, { code: "agent_error", retryable: true }],
    [{ httpConnectionFailed: { httpStatusCode: 404 } }, { code: "agent_error", retryable: false }],
    ["modelNotFound", { code: "agent_error", retryable: false }],
    ["contextWindowExceeded", { code: "agent_error", retryable: false }],
    ["inventedTomorrow", { code: "agent_error", retryable: false }],
    [{}, { code: "agent_error" }],
    [null, { code: "agent_error" }],
  ];
  for (const [info, expected] of cases) {
    it(`for ${JSON.stringify(info)} has its code, Codex's words and a hint`, () => {
      expect(told(info)).toMatchObject({ message: "Codex: words", hint: expect.any(String), ...expected });
    });
  }

  it("that has only words is told by them", () => {
    expect(told("other", "stream disconnected before completion: x")).toMatchObject({ retryable: true });
    expect(told("other", "Missing environment variable: `KEY`.")).toMatchObject({ code: "agent_auth" });
  });

  it("without an error says so", () => {
    expect(turnFailure(null)).toMatchObject({
      code: "agent_error",
      message: expect.stringContaining("did not say why"),
    });
  });
});

describe("a thread that cannot be opened", () => {
  const codeOf = (message: string, nativeId: string | null = "id") =>
    openFailure(new RpcError(-32_600, message), nativeId);

  it("has the code of its reason", () => {
    expect(codeOf("no rollout found for thread id id")).toMatchObject({
      error: { code: "session_not_found" },
    });
    expect(codeOf("thread id already has an active writer")).toMatchObject({
      error: { code: "session_busy" },
    });
    expect(codeOf("Invalid request: unknown variant `thread/start`", null)).toMatchObject({
      error: { code: "agent_unavailable", message: expect.stringContaining("too old") },
    });
    expect(codeOf("something else")).toMatchObject({ error: { code: "agent_unavailable" } });
  });
});

describe("the last words on stderr", () => {
  it("are what a person was told, not what was logged", () => {
    const log = "\u001b[2m2026-11-24T11:58:56.6Z\u001b[0m \u001b[31mERROR\u001b[0m codex: bubblewrap";
    expect(lastWords(`Error: stdin is not a terminal\n${log}\n`)).toBe("Error: stdin is not a terminal");
    expect(lastWords(log)).toBe("");
  });
});
