import { describe, expect, it } from "../support/baton.ts";

describe.each(["codex", "claude"])("baton ask %s", (agent) => {
  it("prints the answer", async ({ baton }) => {
    const { stdout, code } = await baton.run(["ask", agent, 'SCRIPT [{"say":"bonjour"}]']);
    expect(stdout).toBe("bonjour\n");
    expect(code).toBe(0);
  });

  it("continues the last conversation, which carries what was said before", async ({ baton, sandbox }) => {
    await baton.run(["ask", agent, 'SCRIPT [{"say":"the word is heron"}]']);
    const { stdout } = await baton.run(["ask", agent, "--continue", 'SCRIPT [{"history":true}]']);
    expect(stdout).toContain("assistant: the word is heron");
    const last = sandbox.model.requests.findLast(({ side }) => !side);
    expect(JSON.stringify(last?.body)).toContain("the word is heron");
  });

  it("finds a conversation by name, by our id and by the agent's own id", async ({ baton }) => {
    const first = await baton.task(["ask", agent, "--session", "auth-refactor", 'SCRIPT [{"say":"one"}]']);
    for (const reference of ["auth-refactor", first.session, String(first.native_id)]) {
      const next = await baton.task(["ask", agent, "--session", reference, 'SCRIPT [{"history":true}]']);
      expect(next).toMatchObject({ session: first.session, native_id: first.native_id, status: "completed" });
      expect(next.answer).toContain("assistant: one");
    }
  });

  it("gives a name to a new conversation when it is reset, and the old one keeps its id", async ({
    baton,
  }) => {
    const first = await baton.task(["ask", agent, "--session", "plan", "hello"]);
    const second = await baton.task([
      "ask",
      agent,
      "--session",
      "plan",
      "--reset",
      'SCRIPT [{"history":true}]',
    ]);
    expect(second.session).not.toBe(first.session);
    expect(second.answer).not.toContain("hello");
    const third = await baton.task(["ask", agent, "--session", first.session, 'SCRIPT [{"history":true}]']);
    expect(third.answer).toContain("user: hello");
  });

  it("streams the answer while it is being written", async ({ baton, sandbox }) => {
    const script = 'SCRIPT [{"say":"first words","chunk":6,"delay_ms":20},{"say":"never"}]';
    const running = baton.start(["ask", agent, "--stream", script]);
    await running.waitForOutput("first");
    const { stdout, code } = await running.result;
    expect(stdout).toBe("first words\n");
    expect(code).toBe(0);
    expect(sandbox.model.requests.length).toBeGreaterThan(0);
  });

  it("gives its events one a line", async ({ baton }) => {
    const { stdout } = await baton.run(["ask", agent, "--stream", "--json", 'SCRIPT [{"say":"x"}]']);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)).toMatchObject({ type: "task.status", data: { status: "completed" } });
  });

  it("takes what is piped in as context", async ({ baton, sandbox }) => {
    await baton.run(["ask", agent, "review this"], { input: "--- a/file\n+++ b/file\n" });
    const { prompt } = await sandbox.model.waitForRequest(({ side }) => !side);
    expect(prompt).toBe("review this\n\n--- a/file\n+++ b/file\n");
  });

  it("can be told to take a model and an effort, and has none by itself", async ({ baton, sandbox }) => {
    const model = agent === "codex" ? "gpt-5.4" : "claude-opus-4-8";
    await baton.run(["ask", agent, "--model", model, "--effort", "high", "hello"]);
    const { body, ...request } = await sandbox.model.waitForRequest(({ side }) => !side);
    expect(request.model).toContain(model);
    expect(JSON.stringify(body)).toMatch(/"effort":"high"/);
  });
});

describe("baton ask", () => {
  it("says in one sentence what is wrong, with the exit code of the contract", async ({ baton }) => {
    const attempts: [readonly string[], number, string][] = [
      [["ask", "nobody", "hello"], 2, "there is no agent"],
      [["ask", "codex"], 2, "the prompt is empty"],
      [["ask", "codex", "--session", "s_nothing", "hello"], 2, "there is no session"],
      [["ask", "codex", "--continue", "hello"], 2, "there is no session with codex"],
      [["ask", "codex", "--cwd", "nowhere", "hello"], 2, "is not a directory"],
      [["ask", "codex", "--wait", "soon", "hello"], 2, "is not a time span"],
      [["ask", "codex", "--reset", "hello"], 2, "--reset needs --session"],
      [["ask", "codex", "--bogus", "hello"], 2, "unknown option"],
      [["show", "t_nothing"], 2, "there is no task"],
    ];
    for (const [args, exit, words] of attempts) {
      const { code, stderr, stdout } = await baton.run(args);
      expect({ args, code, said: stderr.includes(words), stdout }).toEqual({
        args,
        code: exit,
        said: true,
        stdout: "",
      });
    }
  });

  it("refuses a session of another agent", async ({ baton }) => {
    const { session } = await baton.task(["ask", "codex", "hello"]);
    const { code, stderr } = await baton.run(["ask", "claude", "--session", session, "hello"]);
    expect(code).toBe(2);
    expect(stderr).toContain("is a conversation with codex");
  });

  it("gives an error before there is a task as JSON too", async ({ baton }) => {
    expect(await baton.json(["ask", "nobody", "hello"])).toMatchObject({
      error: { code: "invalid_argument" },
    });
  });

  it("refuses a config with a key that it does not know, and says which", async ({ baton, sandbox }) => {
    await sandbox.writeUserFile("home/.config/baton/config.toml", "[limits]\nmax_runing = 3\n");
    const { code, stderr } = await baton.run(["ask", "codex", "hello"]);
    expect(code).toBe(2);
    expect(stderr).toContain("max_runing");
  });

  it("stops waiting after --wait, and the task goes on", async ({ baton, sandbox }) => {
    const asked = await baton.run([
      "ask",
      "codex",
      "--wait",
      "300ms",
      "--json",
      'SCRIPT [{"say":"late","wait_for":"go"}]',
    ]);
    expect(asked.code).toBe(124);
    const { id, status } = JSON.parse(asked.stdout);
    expect(status).toBe("working");
    sandbox.model.release("go");
    const waited = await baton.run(["wait", id]);
    expect(waited.stdout).toBe("late\n");
    expect(waited.code).toBe(0);
  });

  it("cuts an answer that is too long for one result, and gives the rest exactly", async ({ baton }) => {
    const first = await baton.run(["ask", "codex", "--json", 'SCRIPT [{"say_characters":100000}]']);
    expect(first.stdout.length).toBeLessThan(32_000);
    let page = JSON.parse(first.stdout);
    let answer: string = page.answer;
    while (page.more !== null) {
      page = await baton.json(["show", page.id, "--offset", String(page.more.offset)]);
      answer += page.answer;
    }
    expect(answer).toHaveLength(100_000);
    expect(answer.endsWith("END")).toBe(true);
  });

  it("leaves an open pipe that stays silent alone", async ({ sandbox, baton }) => {
    await baton.run(["hub", "start"]);
    const { stdout, code } = await sandbox.run([
      "bash",
      "-c",
      `sleep 30 | { "$0" "$1" ask codex 'SCRIPT [{"say":"there"}]'; kill %1 2>/dev/null; pkill -P $$ sleep; }`,
      process.execPath,
      (await import("../support/baton.ts")).BATON,
    ]);
    expect(stdout).toBe("there\n");
    expect(code).toBe(0);
  });
});
