import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKit, stateOf, type Kit } from "../support/worktree-kit.ts";

const RUNS = process.env["BATON_TEST_LONG"] === "1" ? 150 : 12;
const FILES = ["a.txt", "b.txt", "deep/c.txt", "new.txt", "deep/new.txt"] as const;
const LINES = ["1", "2", "3", "4", "5", "6", "7", "8"];

/** One thing that somebody does to a file. */
type Edit =
  | { readonly kind: "line"; readonly file: string; readonly line: number; readonly text: string }
  | { readonly kind: "delete"; readonly file: string }
  | { readonly kind: "mode"; readonly file: string };
const file = fc.constantFrom(...FILES);
const line = fc.nat(LINES.length - 1);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant("line" as const), file, line, text: fc.constantFrom("x", "y") }),
  fc.record({ kind: fc.constant("delete" as const), file }),
  fc.record({ kind: fc.constant("mode" as const), file }),
);

async function perform(top: string, edits: readonly Edit[]): Promise<void> {
  const contents = new Map<string, string[]>();
  for (const one of edits) {
    const place = path.join(top, one.file);
    if (one.kind === "delete") {
      contents.delete(place);
      await rm(place, { force: true });
    } else if (one.kind === "mode") {
      await chmod(place, 0o755).catch(() => undefined);
    } else {
      const lines = contents.get(place) ?? [...LINES];
      lines[one.line] = one.text;
      contents.set(place, lines);
      await mkdir(path.dirname(place), { recursive: true });
      await writeFile(place, `${lines.join("\n")}\n`);
    }
  }
}

/** What git itself makes of the two sides, committed on two branches and merged; null where it conflicts. */
async function mergedByGit(kit: Kit, ours: readonly Edit[], theirs: readonly Edit[]) {
  const clone = path.join(kit.root, `clone-${Math.random()}`);
  await kit.git(kit.root, "clone", "-q", kit.repo, clone);
  for (const [branch, edits] of [
    ["theirs", theirs],
    ["ours", ours],
  ] as const) {
    await kit.git(clone, "checkout", "-q", "-B", branch, "origin/main");
    await perform(clone, edits);
    await kit.git(clone, "add", "-A");
    await kit.git(clone, "commit", "-q", "--allow-empty", "-m", branch);
  }
  const isMerged = await kit.git(clone, "merge", "-q", "-m", "Both", "theirs").then(
    () => true,
    () => false,
  );
  const state = isMerged ? await filesOf(clone) : null;
  await rm(clone, { recursive: true });
  return state;
}

async function filesOf(top: string) {
  const { ".git/index": _, ...files } = await stateOf(top);
  return files;
}

describe("applying random work to random changes", () => {
  it("gives what git's own merge gives, or conflicts where that does and changes no byte", async () => {
    const kit = await createKit();
    await kit.write(".gitattributes", "* -text\n");
    for (const file of FILES.slice(0, 3)) await kit.write(file, `${LINES.join("\n")}\n`);
    await kit.commit();
    await fc.assert(
      fc.asyncProperty(
        fc.array(edit, { maxLength: 4 }),
        fc.array(edit, { maxLength: 4 }),
        async (ours, theirs) => {
          await kit.git(kit.repo, "reset", "-q", "--hard");
          await kit.git(kit.repo, "clean", "-qfdx");
          const { worktree } = await kit.worktree();
          await perform(worktree.path, theirs);
          await perform(kit.repo, ours);
          const expected = await mergedByGit(kit, ours, theirs);
          const before = await stateOf(kit.repo);
          const outcome = await kit.apply(worktree).then(
            () => "applied",
            (error: unknown) => {
              expect(error).toMatchObject({ error: { code: "conflict" } });
              return "conflict";
            },
          );
          expect(outcome).toBe(expected === null ? "conflict" : "applied");
          const after = await stateOf(kit.repo);
          const index = before[".git/index"];
          expect(after).toEqual(expected === null ? before : { ...expected, ".git/index": index });
          if (expected === null) await kit.worktrees.discard(kit.env, worktree);
        },
      ),
      { numRuns: RUNS },
    );
    await kit.dispose();
  }, 600_000);
});
