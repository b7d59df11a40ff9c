import { PROTOCOL } from "../../src/contracts/rpc.ts";
import { describe, expect, it } from "../support/baton.ts";
import { startFaultyHub } from "../support/faulty.ts";
import { startOtherHub } from "../support/other-hub.ts";

describe("a hub of another version", () => {
  it("is used when it speaks the same protocol", async ({ sandbox, baton }) => {
    await startFaultyHub(sandbox, ["--version", "0.0.9"]);
    const task = await baton.task(["ask", "codex", 'SCRIPT [{"say":"hello"}]']);
    expect(task.answer).toBe("hello");
    expect(await baton.json(["hub", "status"])).toMatchObject({ version: "0.0.9" });
  });

  it("that is older and has nothing to do is replaced, and nobody notices", async ({ sandbox, baton }) => {
    const other = await startOtherHub({ home: sandbox.batonHome, protocol: PROTOCOL - 1, running: 0 });
    const asked = await baton.run(["ask", "codex", 'SCRIPT [{"say":"hello"}]']);
    expect(asked).toMatchObject({ code: 0, stdout: "hello\n", stderr: "" });
    expect(other.asked.slice(0, 2)).toEqual(["hello", "hub.stop"]);
    expect(await baton.json(["hub", "status"])).not.toMatchObject({ version: "9.9.9" });
  });

  it("that is older and works goes on, and the command says what to do", async ({ sandbox, baton }) => {
    const other = await startOtherHub({ home: sandbox.batonHome, protocol: PROTOCOL - 1, running: 2 });
    const asked = await baton.run(["ask", "codex", "hello"]);
    expect(asked.code).toBe(5);
    expect(asked.stderr).toContain("9.9.9");
    expect(asked.stderr).toContain("2 running");
    expect(asked.stderr).toContain("baton hub stop");
    other.close();
  });

  it("that is later is left alone, but can be looked at and stopped", async ({ sandbox, baton }) => {
    const other = await startOtherHub({ home: sandbox.batonHome, protocol: PROTOCOL + 1, running: 0 });
    const asked = await baton.run(["ask", "codex", "hello"]);
    expect(asked.code).toBe(5);
    expect(asked.stderr).toContain("too old");
    expect(other.asked).not.toContain("hub.stop");
    expect(await baton.json(["hub", "status"])).toMatchObject({ running: true, version: "9.9.9" });
    expect((await baton.run(["hub", "stop"])).code).toBe(0);
    expect(other.asked).toContain("hub.stop");
    other.close();
  });
});
