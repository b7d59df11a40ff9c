import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";

import type { Sandbox } from "../../testkit/sandbox.ts";
import { describe, expect, it } from "../support/baton.ts";
import { linkGlobally } from "../support/npm.ts";

/** How each shell is made to complete a line without a terminal; what it offers is printed one a line. */
const SHELLS = {
  bash: (script: string, words: readonly string[]) =>
    `source ${script}; COMP_WORDS=(${words.map(quoted).join(" ")}); COMP_CWORD=${words.length - 1}
     _baton baton; [ \${#COMPREPLY[@]} -eq 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: (script: string, words: readonly string[]) =>
    `compdef() { : }; _describe() { print -rl -- "\${(@)\${(@P)2}%%:*}" }; _files() { : }
     source ${script}; words=(${words.map(quoted).join(" ")}); CURRENT=${words.length}; _baton`,
  fish: (script: string, words: readonly string[]) =>
    `source ${script}; complete -C ${quoted(words.join(" "))} | string replace -r '\\t.*' ''`,
} as const;

type Shell = keyof typeof SHELLS;

const quoted = (word: string) => `'${word}'`;
const installed = (["bash", "zsh", "fish"] as const).filter(
  (shell) => shell === "bash" || existsSync(`/usr/bin/${shell}`),
);

/** A shell with `baton` on the path and its completion loaded. */
async function completing(sandbox: Sandbox, shell: Shell) {
  const { bin } = await linkGlobally(sandbox);
  const env = { ...sandbox.env, PATH: `${bin}${path.delimiter}${sandbox.env["PATH"]}` };
  const script = path.join(sandbox.root, `completion.${shell}`);
  await writeFile(script, (await sandbox.run(["baton", "completion", shell], { env })).stdout);
  return async (...words: string[]): Promise<readonly string[]> => {
    const line = SHELLS[shell](script, ["baton", ...words]);
    const { stdout, stderr } = await sandbox.run([shell, "-c", line], { env });
    expect(stderr).toBe("");
    return stdout.split("\n").filter((word) => word !== "");
  };
}

describe.for(installed)("the completion of %s", (shell) => {
  it("offers commands, options, values and agents, and starts no hub", async ({ sandbox }) => {
    const complete = await completing(sandbox, shell);
    expect(await complete("de")).toEqual(expect.arrayContaining(["delegate", "demo"]));
    expect(await complete("hub", "st")).toEqual(expect.arrayContaining(["start", "status", "stop"]));
    expect(await complete("ask", "c")).toEqual(["claude", "codex"]);
    expect(await complete("panel", "codex,c")).toEqual(["codex,claude"]);
    expect(await complete("relay", "execute:c")).toEqual(["execute:claude", "execute:codex"]);
    expect(await complete("agents", "c")).toEqual(["claude", "codex"]);
    expect(await complete("ask", "codex", "--mod")).toEqual(["--model"]);
    expect(await complete("delegate", "codex", "--access", "")).toEqual(
      expect.arrayContaining(["full", "write"]),
    );
    expect(await complete("show", "t_")).toEqual([]);
    expect(await readdir(sandbox.batonHome)).toEqual([]);
  });

  it("offers the ids of tasks and sessions, and the names of sessions", async ({ sandbox, baton }) => {
    const complete = await completing(sandbox, shell);
    const task = await baton.task(["ask", "codex", "hello", "--session", "greeting"]);
    expect(await complete("show", "t_")).toEqual([task.id]);
    expect(await complete("wait", task.id, "t_")).toEqual([task.id]);
    expect(await complete("rename", "s_")).toEqual([task.session]);
    expect(await complete("ask", "codex", "--session", "gr")).toEqual(["greeting"]);
  });
});

describe("`baton complete`", () => {
  it("keeps the hidden commands to itself, and gives descriptions after a tab", async ({ baton }) => {
    const { stdout } = await baton.run(["complete", "--", ""]);
    const words = stdout.trimEnd().split("\n");
    expect(words).toContain("hub\tthe process in the background that runs the tasks");
    expect(words.map((word) => word.split("\t")[0])).not.toContain("complete");
    expect((await baton.run(["complete", "--", "hub", ""])).stdout).not.toContain("run\t");
  });

  it("offers no option behind `--`, where the prompt begins", async ({ baton }) => {
    expect((await baton.run(["complete", "--", "ask", "codex", "--", "--mo"])).stdout).toBe("");
  });

  it("offers every option of every command that the help shows", async ({ baton }) => {
    const { stdout: help } = await baton.run(["ask", "--help"]);
    const { stdout } = await baton.run(["complete", "--", "ask", "codex", "-"]);
    const shown = [...help.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)].map(([, long = ""]) => long);
    expect(shown.length).toBeGreaterThan(10);
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split("\t")[0]),
    ).toEqual(shown);
  });
});
