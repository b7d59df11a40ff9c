import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "smol-toml";

import { configSchema } from "../src/contracts/config.ts";
import { createSandbox } from "../testkit/sandbox.ts";
import { describe, expect, it } from "../testkit/vitest.ts";
import { NOT_RUN } from "./support/docs-not-run.ts";
import { blocksIn, headingsIn, linksIn, type Block } from "./support/docs-page.ts";
import { pageHome, RULES, scriptOf } from "./support/docs-script.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const PAGES = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: ROOT,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file === "README.md" || file === "CHANGELOG.md" || file.startsWith("docs/"));

const texts = new Map<string, string>();
for (const page of PAGES) texts.set(page, await readFile(path.join(ROOT, page), "utf8"));
const blocks = PAGES.flatMap((page) => blocksIn(page, texts.get(page) ?? ""));
const inLanguage = (language: string) => blocks.filter((block) => block.language === language);
const atLine = ({ page, line }: Block) => `${page}:${line}`;

/** What has to stand in the output of a page beside its exit codes. */
const PROOFS: Readonly<Record<string, readonly RegExp[]>> = {
  "README.md": [/You said: where is the retry logic/],
  "docs/first-use.md": [
    // Both agents got the other's answer, and the request was what the commit waited for.
    /codex +completed .*is the retry logic right\?/,
    /claude +completed .*is the retry logic right\?/,
    /"answer":"You said: is the retry logic right\?"[\s\S]*"answer":"You said: is the retry logic right\?"/,
    /^r_\S+ +approve[\s\S]* Begin a changelog$/m,
  ],
};

describe("the commands of the documentation", () => {
  it.for([...new Set(inLanguage("sh").map(({ page }) => page))])(
    "of %s work, from top to bottom",
    { timeout: 120_000 },
    async (page) => {
      const sandbox = await createSandbox({ rules: RULES });
      const env = await pageHome(sandbox, ROOT);
      try {
        const script = scriptOf(inLanguage("sh").filter((block) => block.page === page));
        const { code, stdout, stderr } = await sandbox.run(["bash", "-euo", "pipefail", "-c", script], {
          env,
        });
        expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
        // A tool that fails is told to the model, whose agent ends well all the same.
        expect(stdout).not.toContain("ERROR ");
        for (const proof of PROOFS[page] ?? []) expect(stdout).toMatch(proof);
      } finally {
        await sandbox.run([process.execPath, path.join(ROOT, "bin", "baton"), "hub", "stop"], { env });
        await sandbox.dispose();
      }
    },
  );

  it("are all run, but for those that are listed with the reason why not", () => {
    const others = blocks.filter(({ language }) => !["sh", "toml", "json"].includes(language));
    const listed = NOT_RUN.map(({ page, language, first }) => [page, language, first].join(" "));
    const found = others.map(({ page, language, text }) => [page, language, text.split("\n")[0]].join(" "));
    expect(found.toSorted()).toEqual(listed.toSorted());
  });

  it("that the README opens with are those that the CI runs in a clean clone", async () => {
    const commands = inLanguage("sh").filter(({ page }) => page === "README.md");
    expect(commands.slice(0, 2).map(({ text }) => text)).toEqual([
      "npm ci && npm run demo",
      "npm ci && npm test",
    ]);
    const ci = await readFile(path.join(ROOT, ".ci", "run"), "utf8");
    const lines = commands.flatMap(({ text }) => text.split("\n"));
    const npm = lines.filter((line) => line.startsWith("npm ")).flatMap((line) => line.split(" && "));
    for (const command of npm) expect(ci).toMatch(new RegExp(`^(step )?${command}\\b`, "m"));
  });
});

describe("the configuration in the documentation", () => {
  it.for(inLanguage("json").map((block) => [atLine(block), block.text] as const))(
    "is JSON in %s",
    ([, text]) => {
      expect(JSON.parse(text)).toBeTypeOf("object");
    },
  );

  it.for(inLanguage("toml").map((block) => [atLine(block), block.text] as const))(
    "is TOML in %s, and a config of Baton where it has Baton's keys",
    ([, text]) => {
      const keys = Object.keys(parse(text));
      expect(keys).not.toEqual([]);
      const isOurs = keys.some((key) => key in configSchema.shape);
      expect(isOurs ? configSchema.safeParse(parse(text)).error : undefined).toBeUndefined();
    },
  );
});

describe("the links of the documentation", () => {
  it.for(PAGES)("of %s lead to pages and headings that are there", async (page) => {
    for (const link of linksIn(texts.get(page) ?? "")) {
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? page : path.join(path.dirname(page), file);
      const text = texts.get(target) ?? (await readFile(path.join(ROOT, target), "utf8").catch(() => ""));
      const isThere = existsSync(path.join(ROOT, target));
      expect([link, isThere ? "is there" : "is missing"]).toEqual([link, "is there"]);
      if (anchor !== undefined) expect([link, ...headingsIn(text ?? "")]).toContain(anchor);
    }
  });
});
