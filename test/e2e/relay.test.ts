import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Task } from "../../src/contracts/task.ts";
import type { Rule } from "../../testkit/model/plan.ts";
import { processesOf } from "../../testkit/processes.ts";
import { report, writing } from "../support/artifacts.ts";
import { describe, expect, it, type Baton } from "../support/baton.ts";

const PLAN =
  "# Plan\n\n## Goal\n\nA blue lighthouse.\n\n## Steps\n\n1. Paint it.\n\n## Checks\n\nIt is blue.";
const REVIEW = "## Verdict\n\nIt is blue.\n\n## Findings\n\nNone.";
const THREE = ["relay", "plan:claude", "execute:codex", "review:claude", "--dir", "run"];

const plans: Rule = { when: "step 1 of", steps: [{ say: PLAN }] };
const reviews: Rule = { when: "(review) of a relay", steps: [{ say: REVIEW }] };

async function relayIn(baton: Baton): Promise<Task> {
  const { items } = (await baton.json(["tasks"])) as { items: Task[] };
  const relay = items.find(({ agent }) => agent === "relay");
  if (relay === undefined) throw new Error("there is no relay");
  return relay;
}

describe("a relay", () => {
  it("goes on at the step that was broken off, by its agent's death and by the hub's", async ({
    sandbox,
    baton,
  }) => {
    const { workspace, model } = sandbox;
    const at = (file: string) => path.join(workspace, "run", file);
    const asked = (words: string) =>
      model.requests.filter(({ side, prompt }) => !side && prompt.includes(words));
    const hang: Rule = {
      when: "step 2 of 3",
      steps: [writing("codex", workspace, "run/RESULT.md", "half"), { hang: true }],
    };
    model.rules.push(plans, hang, reviews);
    const halfDone = async () =>
      model.waitForRequest(
        ({ prompt, entries }) =>
          prompt.includes("step 2 of 3") && entries.some(({ role }) => role === "tool"),
      );
    const running = baton.start([...THREE, "paint it blue"]);
    await halfDone();
    const agents = await processesOf(sandbox.root);
    for (const { pid } of agents.filter(({ command }) => command.includes("app-server")))
      process.kill(pid, "SIGKILL");
    const first = await running.result;
    const broken = await relayIn(baton);
    expect([first.code, first.stdout]).toEqual([1, ""]);
    expect(first.stderr).toContain(`plan by claude has written ${path.join("run", "PLAN.md")}`);
    expect(first.stderr).toMatch(/agent_crashed: step 2 of 3, execute \(codex, t_\w+\), has failed/);
    expect(first.stderr).toContain(`\`baton relay --resume ${broken.id}\` goes on at this step.`);
    expect(await readFile(at("PLAN.md"), "utf8")).toBe(PLAN);
    expect(broken.children?.map(({ status }) => status)).toEqual(["completed", "failed"]);

    // Again at the same step, with the plan gone; then the hub dies.
    await rm(at("PLAN.md"));
    const before = model.requests.length;
    const again = baton.start(["relay", "--resume", broken.id]);
    await model.waitForRequest(
      (request) =>
        model.requests.indexOf(request) >= before && request.prompt.includes("begun before and broken off"),
    );
    expect(await readFile(at("PLAN.md"), "utf8")).toBe(PLAN);
    const busy = await baton.run(["relay", "--resume", broken.id]);
    expect([busy.code, busy.stderr]).toEqual([1, expect.stringContaining("is working")]);
    process.kill(await baton.hubPid(), "SIGKILL");
    expect((await again.result).code).toBe(1);

    // A person has changed the plan meanwhile, and it ends.
    await writeFile(at("PLAN.md"), `${PLAN}\n\nAnd the door.`);
    const result = report(["README.md"], "The door was not there.");
    const patch = {
      call: {
        name: "apply_patch",
        input: `*** Begin Patch\n*** Delete File: run/RESULT.md\n*** End Patch\n`,
      },
    };
    model.rules.splice(1, 1, {
      when: "step 2 of 3",
      steps: [
        patch,
        writing("codex", workspace, "run/RESULT.md", result),
        { shell: "echo blue >> README.md" },
        { say: "painted" },
      ],
    });
    const last = await relayIn(baton);
    expect(last).toMatchObject({ status: "failed", error: { code: "lost" } });
    const done = await baton.task(["relay", "--resume", broken.id]);
    expect(done).toMatchObject({
      status: "completed",
      agent: "relay",
      session: broken.session,
      answer: REVIEW,
      artifact: { path: "run/REVIEW.md", content: REVIEW },
      warnings: [`${path.join("run", "PLAN.md")} was changed since its step: it is taken as it is now.`],
      children: [
        {
          agent: "claude",
          access: "read",
          status: "completed",
          artifact: { path: "run/PLAN.md" },
          lineage: { parent: broken.id },
        },
        {
          agent: "codex",
          access: "write",
          status: "completed",
          artifact: {
            path: "run/RESULT.md",
            sha256: expect.any(String),
            deviations: "The door was not there.",
          },
          lineage: { parent: done.id },
        },
        { agent: "claude", access: "read", status: "completed", lineage: { parent: done.id } },
      ],
    });
    expect(done.changes.map((change) => change.path)).toContain("README.md");
    expect(await readFile(at("REVIEW.md"), "utf8")).toBe(REVIEW);
    expect(asked("step 1 of 3")).toHaveLength(1);
    const [reviewed] = asked("step 3 of 3");
    for (const file of ["PLAN.md", "RESULT.md"])
      expect(reviewed?.prompt).toContain(`- "${path.join("run", file)}" (sha256 `);
    const over = await baton.run(["relay", "--resume", done.id]);
    expect([over.code, over.stderr]).toEqual([2, expect.stringContaining("all steps of the relay")]);
    const there = await baton.run([...THREE, "x"]);
    expect([there.code, there.stderr]).toEqual([1, expect.stringContaining("is there already")]);
  });

  it("leaves nothing that git sees, says what each step does, and ends when it is cancelled", async ({
    sandbox,
    baton,
  }) => {
    const { model, workspace } = sandbox;
    model.rules.push(
      plans,
      { when: "Your answer was to be", steps: [{ say: REVIEW }] },
      { when: "step 2 of 2", steps: [{ say: "all is well" }] },
    );
    const { code, stdout, stderr } = await baton.run([
      "relay",
      "plan:codex",
      "review:gemini",
      "--stream",
      "paint it",
    ]);
    expect([code, stdout.split(REVIEW).length]).toEqual([0, 2]);
    const relay = await relayIn(baton);
    const folder = path.join(".baton", "relay", relay.id);
    expect(await readFile(path.join(workspace, folder, "REVIEW.md"), "utf8")).toBe(REVIEW);
    expect((await sandbox.run(["git", "status", "--porcelain"])).stdout).toBe("");
    const lines = stderr.split("\n").filter((line) => line.startsWith("baton: "));
    expect(lines).toEqual([
      expect.stringMatching(/^baton: plan by codex \(t_\w+\) has begun$/),
      `baton: plan by codex has written ${path.join(folder, "PLAN.md")}`,
      expect.stringMatching(/^baton: review by gemini \(t_\w+\) has begun$/),
      `baton: review by gemini has written ${path.join(folder, "REVIEW.md")}`,
    ]);
    expect(relay.children?.[1]?.warnings.join()).toContain("has no section");
    const input = (relay.children ?? []).reduce((sum, { usage }) => sum + (usage?.input_tokens ?? 0), 0);
    expect(relay.usage?.input_tokens).toBe(input);
    expect((await baton.run(["show", "--artifact", relay.id])).stdout).toBe(`${REVIEW}\n`);

    model.rules.unshift({ when: "stay here", steps: [{ hang: true }] });
    const { id } = await baton.task(["relay", "plan:codex", "review:gemini", "--background", "stay here"]);
    await model.waitForRequest(({ prompt, side }) => !side && prompt.includes("stay here"));
    const steered = await baton.run(["steer", id, "faster"]);
    expect([steered.code, steered.stderr]).toEqual([
      2,
      expect.stringContaining("Steer the task of its step: t_"),
    ]);
    expect((await baton.run(["cancel", id])).code).toBe(0);
    expect(await baton.task(["show", id])).toMatchObject({
      status: "cancelled",
      error: null,
      children: [{ status: "cancelled" }],
    });
    const attempts: [readonly string[], number, string][] = [
      [["relay", "paint it"], 2, "a relay needs its steps before the prompt"],
      [["relay", "plan:nobody", "x"], 2, 'there is no agent "nobody"'],
      [["relay", "Plan:codex", "x"], 2, "is no step: a step is named by a word in small letters"],
      [["relay", "plan:codex", "two", "words"], 2, "has to be one argument"],
      [["relay", "plan:codex", "--dir", "../out", "x"], 4, "is outside"],
      [["relay", "--resume", "t_none"], 2, "there is no task"],
      [["relay", "--resume", relay.children?.[0]?.id ?? ""], 2, "is no relay"],
    ];
    for (const [args, exit, words] of attempts) {
      const refused = await baton.run(args);
      expect([args, refused.code, refused.stderr]).toEqual([args, exit, expect.stringContaining(words)]);
    }
  });
});
