import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { createDigest } from "../../src/core/summary/digest.ts";
import type { RepositoryFacts } from "../../src/core/summary/repository-facts.ts";
import { summaryOf, type SummaryParts } from "../../src/core/summary/summary.ts";
import { estimatedTokens } from "../../src/core/tokens.ts";
import { readerOf } from "../support/native-files.ts";

const RECORDED = path.resolve(import.meta.dirname, "../fixtures/recorded-sessions");
const TITLES = { claude: "Claude Code", codex: "Codex", gemini: "Gemini CLI" } as const;
/** What the users of these sessions have let slip. */
const SECRETS = ["4f9aC27eB81d03F6a5", "8fQ2mZx7Lw9Rk3Vt", "4kQz81LmVw7XcRt2NbYs9PdFh3GjKe5Ua6To"];

async function partsOf(agent: keyof typeof TITLES): Promise<SummaryParts> {
  const file = path.join(RECORDED, `${agent}.jsonl`);
  const [, id = null] = /"session_?[iI]d":"([^"]+)"/.exec(readFileSync(file, "utf8")) ?? [];
  const transcript = await readerOf(agent).read({
    agent,
    file,
    native_id: id,
    root: RECORDED,
    cwd: "/home/person/work",
    title: null,
    bytes: statSync(file).size,
    mtime_ms: Date.parse("2026-11-28T12:00:00Z"),
  });
  const digest = createDigest();
  for await (const item of transcript.items()) digest.add(item);
  const facts = readFileSync(path.join(RECORDED, `${agent}.repository.json`), "utf8");
  return {
    agent: TITLES[agent],
    source: transcript.session,
    digest: digest.facts(),
    leftOut: transcript.leftOut(),
    repository: JSON.parse(facts) as RepositoryFacts,
    fields: null,
    agentWords: null,
  };
}

describe.each(["claude", "codex", "gemini"] as const)("the summary of a recorded session of %s", (agent) => {
  it.each([2_000, 700])("in %i tokens is one that a person would want to get", async (budget) => {
    const block = summaryOf(await partsOf(agent), budget);
    const text = block?.text ?? "";
    await expect(`${text}\n`).toMatchFileSnapshot(path.join(RECORDED, `${agent}.summary-${budget}.txt`));
    expect(estimatedTokens(text)).toBeLessThanOrEqual(budget);
    for (const secret of SECRETS) expect(text).not.toContain(secret);
  });
});
