import { mkdir, rm, symlink, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Task } from "../../src/contracts/task.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it } from "../support/baton.ts";
import { png } from "../support/images.ts";
import { connectMcp } from "../support/mcp-client.ts";

const SHOT = png(40, 30);
const asBase64 = SHOT.toString("base64");

/** Files of a person: an image and a text in the workspace, and two texts beside it. */
async function filesIn({ workspace, home }: Sandbox) {
  const files = {
    // Neither name says what it is.
    shot: path.join(workspace, "pictures", "shot.txt"),
    plan: path.join(workspace, "plan.md"),
    notes: path.join(home, "notes.png"),
    blob: path.join(home, "blob.bin"),
  };
  await mkdir(path.dirname(files.shot));
  await Promise.all([
    writeFile(files.shot, SHOT),
    writeFile(files.plan, "the plan is teal"),
    writeFile(files.notes, "the notes are ochre"),
    writeFile(files.blob, Buffer.of(0, 1, 2, 3)),
  ]);
  return files;
}

/** The bodies of the requests for turns, as text, the newest last. */
const bodiesIn = ({ model }: Sandbox) =>
  model.requests.filter(({ side }) => !side).map(({ body }) => JSON.stringify(body));

/** How many contents are kept in the database. */
function keptIn({ batonHome }: Sandbox): unknown {
  const database = new DatabaseSync(path.join(batonHome, "baton.db"), { readOnly: true });
  try {
    return database.prepare("select count(*) as count from attached_contents").get()?.["count"];
  } finally {
    database.close();
  }
}

describe.each(["codex", "claude"])("files that are attached for %s", (agent) => {
  it("are shown where they are images, named where it can read them, and quoted from elsewhere", async ({
    sandbox,
    baton,
  }) => {
    const { shot, plan, notes } = await filesIn(sandbox);
    const attach = ["--attach", "pictures/shot.txt", "--attach", plan, "--attach", "../notes.png"];
    const task = await baton.task(["ask", agent, ...attach, 'what is this? SCRIPT [{"say":"a square"}]']);
    expect(task).toMatchObject({
      status: "completed",
      answer: "a square",
      title: 'what is this? SCRIPT [{"say":"a square"}]',
      attachments: [
        {
          path: shot,
          image: "image/png",
          bytes: SHOT.length,
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
        { path: plan, image: null, bytes: 16 },
        { path: notes, image: null, bytes: 19 },
      ],
    });
    const [body = ""] = bodiesIn(sandbox);
    const { prompt } = await sandbox.model.waitForRequest(({ side }) => !side);
    expect(body).toContain(asBase64);
    expect(prompt).toContain('- image 1: "pictures/shot.txt" (image/png)');
    expect(prompt).toContain('- file "plan.md": read it where it lies');
    expect(prompt).toContain(`- file ${JSON.stringify(notes)}, whose text stands`);
    expect(prompt).toContain("\nthe notes are ochre\n");
    expect(body).not.toContain("teal");
    expect(keptIn(sandbox)).toBe(0);
    const shown = await baton.run(["show", task.id]);
    expect(shown.stdout).toMatch(/^attached +.*shot\.txt, .*plan\.md, .*notes\.png$/m);
  });

  it("are what they were when the task was asked for, however long it waits", async ({ sandbox, baton }) => {
    const { shot, plan, notes } = await filesIn(sandbox);
    const held = 'SCRIPT [{"say":"late","wait_for":"go"}]';
    const first = await baton.task(["ask", agent, "--background", held]);
    const attach = ["--attach", shot, "--attach", plan, "--attach", notes];
    const options = ["--background", "--session", first.session, ...attach];
    const { id, status } = await baton.task(["ask", agent, ...options, "and this?"]);
    expect([status, keptIn(sandbox)]).toEqual(["queued", 3]);
    await Promise.all([
      rm(shot),
      writeFile(plan, "the plan is pink"),
      writeFile(notes, "the notes are pink"),
    ]);
    sandbox.model.release("go");
    expect(await baton.task(["wait", id])).toMatchObject({ status: "completed" });
    const body = bodiesIn(sandbox).at(-1);
    for (const part of [asBase64, "the plan is teal", "the notes are ochre"]) expect(body).toContain(part);
    expect(body).not.toContain("pink");
    expect(keptIn(sandbox)).toBe(0);
  });
});

describe("baton ask --attach", () => {
  it("refuses at once what cannot be given, and starts nothing", async ({ sandbox, baton }) => {
    const { blob } = await filesIn(sandbox);
    const large = path.join(sandbox.workspace, "large");
    await writeFile(large, "");
    await truncate(large, 33 * 1024 * 1024);
    const picture = path.join(sandbox.workspace, "large.png");
    await writeFile(picture, Buffer.concat([SHOT, Buffer.alloc(10 * 1024 * 1024)]));
    const sentence = path.join(sandbox.home, "long.txt");
    await writeFile(sentence, "x".repeat(1_048_000));
    const ask = async (...files: readonly string[]) => {
      const attach = files.flatMap((file) => ["--attach", file]);
      const { code, stderr } = await baton.run(["ask", "codex", ...attach, "hello"]);
      return { code, stderr: stderr.split("\n")[0] };
    };
    const refusals: [readonly string[], number, RegExp][] = [
      [["gone.txt"], 2, /"\/.*gone\.txt" does not exist/],
      [["."], 2, /is a directory/],
      [["/dev/null"], 2, /is no regular file/],
      [[large], 2, /is larger than 32 MB/],
      [[picture], 2, /the image .* is larger than 10 MB/],
      [[blob], 2, /neither an image nor a text/],
      [[sentence], 2, /too long to stand in the prompt/],
      [Array.from({ length: 17 }, () => "plan.md"), 2, /16/],
      [[path.join(sandbox.batonHome, "token")], 4, /cwd_denied: .*Baton's own folder/],
    ];
    for (const [files, exit, words] of refusals) {
      const said = await ask(...files);
      expect({ files, ...said }).toEqual({ files, code: exit, stderr: expect.stringMatching(words) });
    }
    await sandbox.writeUserFile("home/.config/baton/config.toml", '[access]\nroots = ["~/work"]\n');
    expect(await ask("plan.md")).toMatchObject({ code: 0 });
    expect(await ask("../notes.png")).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("cwd_denied"),
    });
    const { items } = (await baton.json(["tasks"])) as { items: Task[] };
    expect(items).toHaveLength(1);
  });

  it("tells a file that is neither shown nor quoted, and that has changed meanwhile", async ({
    sandbox,
    baton,
  }) => {
    const blob = path.join(sandbox.workspace, "blob.bin");
    await writeFile(blob, Buffer.of(0, 1, 2));
    const held = 'SCRIPT [{"say":"late","wait_for":"go"}]';
    const { session } = await baton.task(["ask", "codex", "--background", held]);
    const ask = ["ask", "codex", "--background", "--attach", "blob.bin"];
    const kept = await baton.task([...ask, "hello"]);
    const queued = await baton.task([...ask, "--session", session, "hello"]);
    expect(await baton.task(["wait", kept.id])).toMatchObject({ status: "completed" });
    await writeFile(blob, Buffer.of(0, 1, 3));
    sandbox.model.release("go");
    expect(await baton.task(["wait", queued.id])).toMatchObject({
      status: "failed",
      error: { code: "conflict", message: expect.stringContaining("is not what it was") },
    });
  });
});

describe("files that a model attaches", () => {
  it("reach the agent that a real one asks, from the directory of its task", async ({ sandbox, baton }) => {
    await filesIn(sandbox);
    const ask = (file: string) => ({
      mcp: {
        server: "baton",
        tool: "ask_agent",
        arguments: { agent: "codex", prompt: 'SCRIPT [{"say":"a square"}]', attachments: [file] },
      },
    });
    const steps = [ask("../notes.png"), ask("pictures/shot.txt"), { history: true }];
    const { answer } = await baton.task(["ask", "claude", `SCRIPT ${JSON.stringify(steps)}`]);
    expect(answer).toMatch(/ERROR cwd_denied: .* is outside the directory of task/);
    expect(answer).toContain('"answer":"a square"');
    const asked = sandbox.model.requests.filter(({ api }) => api === "responses");
    expect(asked.map(({ body }) => JSON.stringify(body).includes(asBase64))).toEqual([true]);
  });

  it("lie in its workspace, links resolved", async ({ sandbox }) => {
    await filesIn(sandbox);
    await symlink(path.join(sandbox.home, "notes.png"), path.join(sandbox.workspace, "out.md"));
    const client = await connectMcp(sandbox);
    const ask = async (file: string) =>
      client.call("ask_agent", { agent: "codex", prompt: "look", attachments: [file] });
    const { structuredContent } = await ask("pictures/shot.txt");
    expect(structuredContent).toMatchObject({ status: "completed", attachments: [{ image: "image/png" }] });
    expect(bodiesIn(sandbox).at(-1)).toContain(asBase64);
    for (const file of ["../notes.png", "out.md", path.join(sandbox.home, "gone"), "/etc/hostname"]) {
      const { content } = await ask(file);
      expect(content[0]?.text).toMatch(/^ERROR cwd_denied: .* is outside the caller's workspace/);
    }
    await client.close();
  });
});

describe("a model that nobody knows", () => {
  it("is an argument that is wrong, told with those that the agent knows", async ({ baton }) => {
    const body = { error: { message: "No such model.", code: "model_not_found", param: "model" } };
    const script = `SCRIPT ${JSON.stringify([{ fail: { status: 404, body } }])}`;
    const { code, stderr } = await baton.run(["ask", "codex", "--model", "nonsense", script]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /invalid_argument: Codex: No such model\.\n +It knows: gpt-\S+, .*`baton agents codex`/,
    );
    const effort = await baton.run(["ask", "claude", "--effort", "gigantic", "hello"]);
    expect(effort.code).toBe(2);
    expect(effort.stderr).toMatch(/knows no effort "gigantic"\.\n +It knows: low, /);
  });
});
