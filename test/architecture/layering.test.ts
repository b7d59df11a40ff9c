import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

/** Who may import whom; an arrow that is not here is refused. A folder may always import from itself. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  core: ["contracts"],
  process: ["contracts"],
  store: ["core", "contracts"],
  agents: ["process", "core", "contracts"],
  handoff: ["agents", "store", "process", "core", "contracts"],
  hub: ["handoff", "agents", "store", "process", "core", "contracts"],
  client: [
    "agents/environment.ts",
    "agents/environments.ts",
    "agents/marks.ts",
    "agents/own-server.ts",
    "process",
    "core",
    "contracts",
  ],
  mcp: ["client", "core", "contracts"],
  setup: [
    "client",
    "agents/environment.ts",
    "agents/environments.ts",
    "agents/own-server.ts",
    "process",
    "core",
    "contracts",
  ],
  doctor: ["agents", "client", "process", "core", "contracts"],
  // The demo is the one part that runs on the offline model.
  demo: ["../testkit", "client", "process", "core", "contracts"],
  cli: ["demo", "mcp", "setup", "doctor", "client", "hub", "process", "core", "contracts", "../package.json"],
};
const ROOT = path.resolve(import.meta.dirname, "../..");
const SOURCE = path.join(ROOT, "src");

interface Arrow {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

function arrows(): readonly Arrow[] {
  return globSync("**/*.ts", { cwd: SOURCE }).flatMap((file) => {
    const text = readFileSync(path.join(SOURCE, file), "utf8");
    const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((match) => match[1] ?? "");
    return imports.map((specifier) => ({
      file,
      from: file.split(path.sep)[0] ?? "",
      to: path.relative(SOURCE, path.resolve(SOURCE, path.dirname(file), specifier)).replaceAll("\\", "/"),
    }));
  });
}

function isAllowed({ from, to }: Arrow): boolean {
  return [from, ...(ARROWS[from] ?? [])].some((layer) => to === layer || to.startsWith(`${layer}/`));
}

describe("the layers", () => {
  it("import only what lies below them", () => {
    const wrong = arrows()
      .filter((arrow) => !isAllowed(arrow))
      .map(({ file, to }) => `${file} -> ${to}`);
    expect(wrong).toEqual([]);
  });

  it("are all known here", () => {
    const folders = new Set(globSync("*/", { cwd: SOURCE }).map((folder) => folder.replace(/[\\/]$/, "")));
    expect([...folders].filter((folder) => !(folder in ARROWS))).toEqual([]);
  });

  it("keep the pure part free of the machine", () => {
    const impure = globSync("{core,contracts}/**/*.ts", { cwd: SOURCE }).filter((file) =>
      /from "node:/.test(readFileSync(path.join(SOURCE, file), "utf8")),
    );
    expect(impure).toEqual([]);
  });
});
