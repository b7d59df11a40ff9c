import { readFile } from "node:fs/promises";
import path from "node:path";

import { describe, expect, it } from "./support/baton.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const readme = await readFile(path.join(ROOT, "README.md"), "utf8");

/** The commands of the README, line by line. */
const commands = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = ""]) =>
  block.trim().split("\n"),
);

describe("the README", () => {
  it("opens with two commands for a fresh machine, which the CI runs in a clean clone", async () => {
    expect(commands.slice(0, 2)).toEqual(["npm ci && npm run demo", "npm ci && npm test"]);
    const ci = await readFile(path.join(ROOT, ".ci", "run"), "utf8");
    const npm = commands.filter((line) => line.startsWith("npm ")).flatMap((line) => line.split(" && "));
    for (const command of npm) expect(ci).toMatch(new RegExp(`^(step )?${command}\\b`, "m"));
  });

  it("has no command that does not work", async ({ sandbox }) => {
    const script = commands
      .filter((line) => !line.startsWith("npm "))
      // Seen by Codex before it is taken back.
      .map((line) => (line === "baton setup" ? `${line}\ncodex mcp get baton` : line))
      // The path is set in the clone, everything else is typed in a repository.
      .map((line) =>
        line.startsWith("export PATH") ? `cd ${ROOT}\n${line}\ncd ${sandbox.workspace}` : line,
      );
    const { code, stdout, stderr } = await sandbox.run(["bash", "-euo", "pipefail", "-c", script.join("\n")]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain("where is the retry logic");
    expect(stdout).toContain("tool_timeout_sec: 600");
    // Taken back: the sandbox checks that the user's files are as they were.
  });

  it("leads only to pages that are there", async () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = ""]) => link);
    for (const link of links.filter((to) => !to.startsWith("http"))) {
      await expect(readFile(path.join(ROOT, link))).resolves.toBeDefined();
    }
  });
});
