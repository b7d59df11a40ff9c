import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import type { Rule } from "../../testkit/model/plan.ts";
import type { Sandbox } from "../../testkit/sandbox.ts";
import type { Block } from "./docs-page.ts";

const asking = (agent: string, prompt: string): Rule["steps"] => [
  { mcp: { server: "baton", tool: "ask_agent", arguments: { agent, prompt } } },
  { tool_result: true },
];

/** A command that writes a report with the usual sections. */
function reporting(file: string): string {
  return `printf '# Summary\\nx\\n# Changes\\nNone.\\n# Deviations\\nNone.\\n' > ${file}`;
}

/** What the offline model does for prompts of the pages that need more than an echo. */
export const RULES: Rule[] = [
  { when: /\(plan\) of a relay/, steps: [{ say: "# Goal\nx\n# Steps\nx\n# Checks\nx" }] },
  { when: /\(review\) of a relay/, steps: [{ say: "# Verdict\nx\n# Findings\nx" }] },
  {
    when: /\(execute\) of a relay/,
    steps: [{ shell: reporting("$(ls -d .baton/relay/*/)RESULT.md") }, { say: "Done." }],
  },
  { when: /carry out the plan/, steps: [{ shell: reporting("RESULT.md") }, { say: "Done." }] },
  { when: /second opinion from Codex/, steps: asking("codex", "is the retry logic right?") },
  { when: /second opinion from Claude/, steps: asking("claude", "is the retry logic right?") },
  {
    when: /, and commit/,
    steps: [
      {
        call: {
          name: "exec_command",
          input: {
            cmd: "git add -A && git commit -qm 'Begin a changelog' --allow-empty",
            sandbox_permissions: "require_escalated",
            justification: "Shall the change be committed?",
          },
        },
      },
      { say: "Committed." },
    ],
  },
];

/**
 * The home of somebody who follows a page: all places are the default ones, but for the agents' own, which are copies, as
 * pages register servers in them. What a login would bring stands in Baton's config.
 */
export async function pageHome(sandbox: Sandbox, root: string): Promise<Readonly<Record<string, string>>> {
  const codexHome = path.join(sandbox.home, "codex-of-the-page");
  const claudeHome = path.join(sandbox.home, "claude-of-the-page");
  await Promise.all([mkdir(codexHome), mkdir(claudeHome)]);
  await copyFile(path.join(sandbox.codexHome, "config.toml"), path.join(codexHome, "config.toml"));
  const { BATON_HOME: _, ...env } = sandbox.env;
  const named = (names: readonly string[]) =>
    names.map((name) => `${name} = ${JSON.stringify(env[name])}`).join("\n");
  await sandbox.writeUserFile(
    "home/.config/baton/config.toml",
    `[agents.claude.env]\n${named(["ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "DISABLE_TELEMETRY", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"])}
[agents.codex.env]\n${named(["MODEL_KEY"])}\n`,
  );
  await stubPackageManagers(sandbox, root);
  return { ...env, CODEX_HOME: codexHome, CLAUDE_CONFIG_DIR: claudeHome, CLONE: root };
}

/** `npm` and `npx` that do nothing but see to it that the script or the file that they are to run exists: others run them. */
async function stubPackageManagers(sandbox: Sandbox, root: string): Promise<void> {
  const { scripts } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const known = ["ci", "test", ...Object.keys(scripts).map((name) => `run ${name}`)];
  const npm = `#!/bin/sh
case "$1 $2" in ${known.map((name) => `"${name}"|"${name} "*`).join("|")}) exit 0;; "install "*) exit 0;; esac
echo "npm has no script for: $*" >&2; exit 1
`;
  const npx = `#!/bin/sh
for word; do case "$word" in test/*) [ -e "${root}/$word" ] || { echo "$word is not there" >&2; exit 1; };; esac; done
case "$1" in vitest|tsc|oxfmt|oxlint|-y) exit 0;; esac
echo "not known: npx $*" >&2; exit 1
`;
  const bin = path.join(sandbox.root, "bin");
  await writeFile(path.join(bin, "npm"), npm, { mode: 0o755 });
  await writeFile(path.join(bin, "npx"), npx, { mode: 0o755 });
}

/** What `t_…`, `s_…` and `r_…` stand for on a page: the newest task and session, and the request that the task opens. */
const IDS = `
first() { node -e 'console.log(JSON.parse(require("fs").readFileSync(0, "utf8")).items[0].id)'; }
t_id() { baton tasks --json | first; }
s_id() { baton sessions --json | first; }
r_id() {
  for _ in {1..300}; do
    if baton requests --json | grep -q '"r_'; then baton requests --json | first; return; fi
  done
  echo "no request was opened" >&2; return 1
}
`;

/** The blocks of a page as one script: what one sets the next ones have, as in a terminal. */
export function scriptOf(blocks: readonly Block[]): string {
  const parts = blocks.map(
    ({ page, line, text }) => `BLOCK=${page}:${line}\n${text.split("\n").map(typed).join("\n")}`,
  );
  const report = `trap 'echo "in the block at $BLOCK: $BASH_COMMAND" >&2' ERR`;
  const isInstalled = !blocks.some(({ text }) => text.includes("export PATH"));
  return [isInstalled ? "PATH=$CLONE/bin:$PATH" : "", IDS, report, ...parts].join("\n");
}

/** The path is set in the clone, everything else is typed in a repository. */
function typed(line: string): string {
  if (line.startsWith("export PATH")) return `here=$PWD; cd "$CLONE"\n${line}\ncd "$here"`;
  return line.replaceAll(/\b([tsr])_…/g, '"$$($1_id)"');
}
