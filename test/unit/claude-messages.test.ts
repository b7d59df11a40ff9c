import { describe, expect, it } from "vitest";
import { createMessages } from "../../src/agents/claude/messages.ts";
import { readLine, type Result } from "../../src/agents/claude/wire.ts";

function resultOf(result: string): Result {
  const line = readLine({ type: "result", is_error: false, result });
  if (line?.type !== "result") throw new Error("no result");
  return line;
}

const state = (command_uuid: string, now: string) =>
  ({ type: "command_lifecycle", command_uuid, state: now }) as const;

describe("the messages of a turn", () => {
  it("are settled by the first result where nothing was added, told or not", () => {
    const messages = createMessages("p");
    expect(messages.settled()).toBeNull();
    messages.answered(resultOf("one"));
    expect(messages.settled()?.map(({ result }) => result)).toEqual(["one"]);
  });

  it("are one result where one was taken into the running work", () => {
    const messages = createMessages("p");
    void messages.sent("m");
    for (const now of ["queued", "started", "completed"]) messages.heard(state("m", now));
    expect(messages.settled()).toBeNull();
    messages.answered(resultOf("both"));
    expect(messages.settled()).toHaveLength(1);
  });

  it("wait for another result where one waits, or has not even been read", () => {
    const messages = createMessages("p");
    void messages.sent("m");
    messages.answered(resultOf("one"));
    expect(messages.settled()).toBeNull();
    for (const now of ["queued", "started", "completed"]) messages.heard(state("m", now));
    expect(messages.settled()).toBeNull();
    messages.answered(resultOf("two"));
    expect(messages.settled()?.at(-1)?.result).toBe("two");
  });

  it("wait for none where one was withdrawn, before or after the result", () => {
    const before = createMessages("p");
    void before.sent("m");
    before.heard(state("m", "cancelled"));
    before.answered(resultOf("one"));
    expect([before.settled()?.length, before.wasWithdrawn()]).toEqual([1, true]);
    const after = createMessages("p");
    void after.sent("m");
    after.answered(resultOf("one"));
    after.heard(state("m", "discarded"));
    expect([after.settled()?.length, after.wasWithdrawn()]).toEqual([1, true]);
  });

  it("are taken when they were read, or never", async () => {
    const messages = createMessages("p");
    const [read, unread] = [messages.sent("a"), messages.sent("b")];
    expect(messages.areTold()).toBe(false);
    messages.heard(state("a", "queued"));
    expect(messages.areTold()).toBe(true);
    messages.end();
    expect(await Promise.all([read, unread])).toEqual([true, false]);
  });
});
