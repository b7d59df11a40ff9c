import { describe, expect, it, openAs, say, script, textOf } from "./codex-kit.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";

const STEERED = "look at the tests too";

describe("a message to a running Codex turn", () => {
  it("reaches the model after the command that runs", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "write"));
    const begun = Promise.withResolvers<void>();
    const turn = conversation.run(
      script({ shell: "until [ -e go ]; do sleep 0.02; done" }, { say: "done" }),
      (event) => event.type === "tool.started" && begun.resolve(),
    );
    await begun.promise;
    await turn.steer(STEERED);
    expect(heard(sandbox)).toBe(false);
    await sandbox.run(["touch", "go"]);
    expect(await turn.outcome).toMatchObject({ status: "completed" });
    expect(heard(sandbox)).toBe(true);
    await conversation.close();
  });

  it("cuts off the text that the model is writing, and is answered", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const turn = conversation.run(script({ say: "never said", wait_for: "nothing" }), () => undefined);
    await sandbox.model.waitForRequest(({ side }) => !side);
    await turn.steer(script({ say: "taken up" }));
    expect(textOf(await turn.outcome)).toBe("taken up");
    await conversation.close();
  });

  it("waits for a turn that is only just started", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const turn = conversation.run(script({ hang: true }), () => undefined);
    await turn.steer(script({ say: "early enough" }));
    expect(textOf(await turn.outcome)).toBe("early enough");
    await conversation.close();
  });

  it("is a conflict when the turn is over", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const turn = conversation.run("hello", () => undefined);
    await turn.outcome;
    await expect(turn.steer(STEERED)).rejects.toMatchObject({ error: { code: "conflict" } });
    await say(conversation, "and again");
    await expect(turn.steer(STEERED)).rejects.toMatchObject({ error: { code: "conflict" } });
    expect(heard(sandbox)).toBe(false);
    await conversation.close();
  });

  it("is a conflict when the turn could not start or Codex is gone", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const turn = conversation.run(script({ hang: true }), () => undefined);
    await sandbox.model.waitForRequest(({ side }) => !side);
    await driver.close();
    await turn.outcome;
    await expect(turn.steer(STEERED)).rejects.toMatchObject({ error: { code: "conflict" } });
    const late = conversation.run("nobody there", () => undefined);
    await expect(late.steer(STEERED)).rejects.toMatchObject({ error: { code: "conflict" } });
  });

  it("is refused when it is longer than Codex takes", async ({ sandbox, driver }) => {
    const conversation = await driver.open(openAs(sandbox, "read"));
    const turn = conversation.run(script({ hang: true }), () => undefined);
    await sandbox.model.waitForRequest(({ side }) => !side);
    await expect(turn.steer("x".repeat(1_100_000))).rejects.toMatchObject({
      error: { code: "invalid_argument", message: expect.stringMatching(/1048576/) },
    });
    await turn.interrupt();
    await conversation.close();
  });
});

function heard({ model }: Sandbox): boolean {
  return model.requests.some(({ body }) => JSON.stringify(body).includes(STEERED));
}
