/** How one version of a CLI did in the contract tests. */
export interface Row {
  readonly agent: string;
  readonly version: string;
  readonly passed: number;
  readonly total: number;
  /** The names of the tests that failed. */
  readonly failed: readonly string[];
}

const INTRODUCTION = `# Compatibility

Which versions of the CLIs pass the contract tests that a task depends on: turns, steering, schemas, Baton's own tools,
failures, Claude Code's logins and Codex's limits, each with the real program on the offline model. A test that fails is
tried once more.
\`npm run compatibility\` makes this page (Linux x64; \`npm run compatibility -- codex@VERSION\` adds one version).
\`baton doctor\` says where the installed versions stand.
`;

const TITLES: Readonly<Record<string, string>> = { codex: "Codex", claude: "Claude Code" };
/** A version that fails more than this is not one test short of working. */
const NAMED = 3;

/** The page: a table for each agent, the newest version first. */
export function tableOf(rows: readonly Row[]): string {
  const sections = Object.keys(TITLES).flatMap((agent) => {
    const mine = rows.filter((row) => row.agent === agent).sort((a, b) => byVersion(b.version, a.version));
    return mine.length === 0 ? [] : [`## ${TITLES[agent]}\n\n${table(mine)}\n`];
  });
  return [INTRODUCTION, ...sections].join("\n");
}

function table(rows: readonly Row[]): string {
  const cells = [
    ["version", "passes", "what fails"],
    ...rows.map((row) => [row.version, `${row.passed} of ${row.total}`, failures(row)]),
  ];
  const widths = [0, 1, 2].map((at) => Math.max(3, ...cells.map((row) => (row[at] ?? "").length)));
  const lines = cells.map((row) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`);
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

function failures({ failed, passed }: Row): string {
  if (failed.length === 0) return "";
  const said = failed.slice(0, NAMED).map((name) => name.replaceAll("|", "\\|"));
  const more = failed.length - said.length;
  // What still passes then are tests of being refused.
  if (passed < failed.length) return "Baton cannot use it";
  return [...said, ...(more > 0 ? [`${more} more`] : [])].join("; ");
}

/** Versions in the order of their numbers. */
function byVersion(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  const at = left?.findIndex((number, index) => number !== right?.[index]) ?? -1;
  return at === -1 || left === undefined || right === undefined ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}
