import { writeFile } from "node:fs/promises";
import path from "node:path";

import type { Conversation } from "../../src/agents/driver.ts";
import { makeGitHostile, makeHostile } from "./claude-hostile.ts";
import { describe, expect, follow, it, only, openAs, say, script, textOf } from "./claude-kit.ts";

/** Commands that would change something, or run something that can. */
const CHANGING: readonly string[] = [
  "touch made",
  "echo hi > made",
  "echo hi >> README.md",
  "cat README.md >| made",
  "tee made < README.md",
  "rm README.md",
  "mv README.md made",
  "cp README.md made",
  "ln -s README.md made",
  "mkdir made",
  "chmod 777 README.md",
  "truncate -s 0 README.md",
  "sed -i s/red/blue/ README.md",
  "sed -n 'w made' README.md",
  "sed 's/a/b/e' README.md",
  "sort -o made README.md",
  "uniq README.md made",
  "split README.md",
  "dd if=README.md of=made",
  "tar cf made README.md",
  "python3 -c \"open('made','w')\"",
  'node -e \'require("fs").writeFileSync("made","")\'',
  "perl -e 'open F,\">made\"'",
  "awk 'BEGIN{print 1 > \"made\"}'",
  "awk 'BEGIN{system(\"touch made\")}'",
  "bash -c 'touch made'",
  "sh evil.sh",
  "./evil.sh",
  "eval 'touch made'",
  "ls $(touch made)",
  "ls `touch made`",
  "cat <(touch made)",
  "ls; touch made",
  "true && touch made",
  "ls | tee made",
  "ls & touch made",
  "xargs touch < README.md",
  "timeout 1 touch made",
  "env touch made",
  "FOO=bar touch made",
  "GIT_PAGER='touch made' git log",
  "GIT_EXTERNAL_DIFF='touch made' git diff",
  "PATH=.:$PATH ls",
  "LD_PRELOAD=./x ls",
  "git add .",
  "git commit -qam made",
  "git checkout -b made",
  "git branch made",
  "git tag made",
  "git stash",
  "git config user.name made",
  "git -c core.pager='touch made' log",
  "git -c core.fsmonitor='touch made' status",
  "git -c alias.x='!touch made' x",
  "git lg",
  "git log --output=made",
  "git diff --output=made",
  "git diff --ext-diff",
  "git grep -O./evil.sh lighthouse",
  "git archive -o made HEAD",
  "git format-patch -1 HEAD",
  "git ls-remote ext::./evil.sh",
  "git hash-object -w README.md",
  "git update-ref refs/heads/made HEAD",
  "find . -name README.md -exec touch made ;",
  "find . -name README.md -delete",
  "find . -fprint made",
  "rg --pre ./evil.sh lighthouse",
  "tree -o made",
  "npm test",
  "curl http://127.0.0.1/",
  // Reading what is outside, or not for it.
  "cat /etc/passwd",
  "cat ../.claude/settings.json",
  "cat secret.txt",
  "cat private/key.txt",
  "cat /proc/self/environ",
  "env",
  "printenv ANTHROPIC_API_KEY",
  "echo $ANTHROPIC_API_KEY",
];

const LOOKING: readonly (readonly [command: string, shows: RegExp])[] = [
  ["ls", /README\.md/],
  ["cat README.md", /lighthouse is red/],
  ["head -1 README.md", /A repository/],
  ["wc -l README.md", /README\.md/],
  ["grep -rn lighthouse README.md", /lighthouse/],
  ["rg lighthouse", /README\.md/],
  ["find . -name 'README*'", /README\.md/],
  ["git log --oneline", /Begin/],
  ["git status --short", /README\.md/],
  ["git diff", /lighthouse is (red|green)/],
  ["git show HEAD", /The lighthouse is/],
  ["git blame README.md", /A Person/],
  ["git ls-files", /README\.md/],
  ["cat README.md | grep lighthouse | sort", /lighthouse/],
];

async function shells(conversation: Conversation, commands: readonly string[]) {
  const steps = commands.map((shell) => ({ shell }));
  const { events, outcome } = await follow(conversation, script(...steps, { say: "end" }));
  expect(textOf(outcome)).toBe("end");
  return only(events, "tool.finished");
}

describe("read access among hostile settings", () => {
  it("is needed: without it they open every door", async ({ sandbox }) => {
    const place = await makeHostile(sandbox);
    await sandbox.run([sandbox.clis.claude, "-p"], {
      input: script({ shell: "touch made" }, { say: "end" }),
    });
    expect(Object.keys(await place.snapshot())).toContain("made");
    expect(await place.marks()).toEqual(
      expect.arrayContaining([
        "user-SessionStart",
        "project-Stop",
        "local-PreToolUse",
        "project-mcp",
        "bash-env",
      ]),
    );
  });

  it(
    "denies every command that would change something, and nothing runs or changes",
    { timeout: 120_000 },
    async ({ sandbox, driver }) => {
      const place = await makeHostile(sandbox);
      const before = await place.snapshot();
      const conversation = await driver.open(await openAs(sandbox, "read"));
      const finished = await shells(conversation, CHANGING);
      const let_through = CHANGING.filter((_, index) => finished[index]?.outcome !== "denied");
      expect(let_through).toEqual([]);
      await conversation.close();
      expect(await place.snapshot()).toEqual(before);
      expect(await place.marks()).toEqual([]);
    },
  );

  it("has no tool that writes, fetches or delegates", async ({ sandbox, driver }) => {
    const place = await makeHostile(sandbox);
    const before = await place.snapshot();
    const file_path = path.join(sandbox.workspace, "README.md");
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const calls = [
      { name: "Read", input: { file_path } },
      { name: "Write", input: { file_path: `${file_path}.new`, content: "x" } },
      { name: "Edit", input: { file_path, old_string: "red", new_string: "blue" } },
      { name: "NotebookEdit", input: { notebook_path: `${file_path}.ipynb`, new_source: "x" } },
      { name: "WebFetch", input: { url: sandbox.model.url, prompt: "x" } },
      { name: "Task", input: { prompt: "x", description: "x", subagent_type: "general-purpose" } },
      { name: "Skill", input: { skill: "evil" } },
      { name: "mcp__evil__x", input: {} },
    ];
    const steps = calls.map((call) => ({ call }));
    const { events } = await follow(conversation, script(...steps, { say: "end" }));
    expect(only(events, "tool.finished").map(({ outcome }) => outcome)).toEqual([
      "ok",
      ...calls.slice(1).map(() => "failed"),
    ]);
    const bodies = sandbox.model.requests.map(({ body }) => body as { tools: { name: string }[] });
    const tools = bodies[0]?.tools.map(({ name }) => name);
    expect(tools?.toSorted()).toEqual(["Bash", "DeferredToolPlaceholder", "Read"]);
    await conversation.close();
    expect(await place.snapshot()).toEqual(before);
    expect(await place.marks()).toEqual([]);
  });

  it("looks around, also where git is told to start programs, and changes not even git's index", async ({
    sandbox,
    driver,
  }) => {
    const place = await makeHostile(sandbox);
    await makeGitHostile(sandbox);
    const before = await place.snapshot();
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const finished = await shells(
      conversation,
      LOOKING.map(([command]) => command),
    );
    for (const [index, [command, shows]] of LOOKING.entries()) {
      expect({ command, ...finished[index] }).toMatchObject({
        command,
        outcome: "ok",
        summary: expect.stringMatching(shows),
      });
    }
    await conversation.close();
    expect(await place.snapshot()).toEqual(before);
    expect(await place.marks()).toEqual([]);
  });

  it("runs no command, skill or mention of the repository that a prompt names", async ({
    sandbox,
    driver,
  }) => {
    const place = await makeHostile(sandbox);
    const conversation = await driver.open(await openAs(sandbox, "read"));
    for (const prompt of ["/evil", "/mine", "/skill evil", "/mcp__evil__x", "!touch made"]) {
      expect(textOf(await say(conversation, prompt))).toBe(`You said: ${prompt}`);
    }
    await conversation.close();
    expect(await place.marks()).toEqual([]);
  });

  it("reads the project's CLAUDE.md, which is words", async ({ sandbox, driver }) => {
    await makeHostile(sandbox);
    const conversation = await driver.open(await openAs(sandbox, "read"));
    await say(conversation, "hello");
    expect(JSON.stringify(sandbox.model.requests[0]?.body)).toMatch(
      /password of this repository is swordfish/,
    );
  });
});

describe("what the user forbids", () => {
  it("stays forbidden, as do what is to be asked and what the project forbids", async ({
    sandbox,
    driver,
  }) => {
    const permissions = (more: object) => JSON.stringify({ permissions: more });
    await sandbox.writeUserFile(
      "home/.claude/settings.json",
      permissions({
        deny: ["Read(./secret.txt)", "Bash(wc:*)", "Read(/../work/anchored.txt)"],
        ask: ["Bash(stat:*)"],
      }),
    );
    await sandbox.writeUserFile(
      "home/work/.claude/settings.json",
      permissions({ deny: ["Read(/private/**)"] }),
    );
    await sandbox.writeUserFile(
      "home/work/.claude/settings.local.json",
      permissions({ deny: ["Read(local.txt)"] }),
    );
    for (const file of ["secret.txt", "local.txt", "open.txt"]) {
      await writeFile(path.join(sandbox.workspace, file), "words\n");
    }
    await sandbox.writeUserFile("home/work/private/key.txt", "words\n");
    const conversation = await driver.open(await openAs(sandbox, "read"));
    const read = (file: string) => ({
      call: { name: "Read", input: { file_path: path.join(sandbox.workspace, file) } },
    });
    const { events } = await follow(
      conversation,
      script(
        read("secret.txt"),
        { shell: "cat secret.txt" },
        read("private/key.txt"),
        read("local.txt"),
        { shell: "wc README.md" },
        { shell: "stat README.md" },
        read("open.txt"),
        { say: "end" },
      ),
    );
    const outcomes = only(events, "tool.finished").map(({ outcome }) => outcome);
    expect(outcomes.slice(0, -1)).not.toContain("ok");
    expect(outcomes.at(-1)).toBe("ok");
  });
});
