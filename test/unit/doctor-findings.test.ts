import { describe, expect, it } from "vitest";
import { findingSchema } from "../../src/contracts/finding.ts";
import type { AgentDescription } from "../../src/agents/driver.ts";
import { taskError } from "../../src/contracts/error.ts";
import { findingsOfAgent, isUnusable } from "../../src/doctor/agent-findings.ts";
import type { AgentFacts, MachineFacts, Registration } from "../../src/doctor/facts.ts";
import { findingsOfMachine } from "../../src/doctor/machine-findings.ts";
import { proxiesIn } from "../../src/doctor/machine.ts";
import { claudeRegistrationIn, nameInList } from "../../src/doctor/registration.ts";

const REGISTERED: Registration = {
  name: "baton",
  isEnabled: true,
  connection: { works: true, ms: 200 },
  toolTimeoutSeconds: 600,
  isTimeoutInteger: false,
  missingVariables: [],
  isApproved: true,
};
const SAYS: AgentDescription = {
  version: "0.169.0",
  login: { isLoggedIn: true, account: "chatgpt", billedTo: "subscription" },
  models: [],
  abilities: {
    resume: true,
    fork: true,
    steer: true,
    schema: true,
    images: true,
    usage: true,
    cost: false,
    approvals: true,
  },
  access: { read: { by: "sandbox", means: "A sandbox." }, write: null, full: null },
  mcpServers: {},
};
const CODEX: AgentFacts = {
  agent: "codex",
  title: "Codex",
  isNamed: false,
  program: { path: "/bin/codex", launcher: null },
  missing: null,
  version: "0.169.0",
  says: SAYS,
  silent: null,
  opening: { ms: 300, error: null },
  hasLogin: true,
  auth: "auto",
  withheld: [],
  registration: REGISTERED,
  sandbox: { works: true, why: "" },
  toolTimeoutMs: null,
};
const MACHINE: MachineFacts = {
  node: "24.1.0",
  isNodeEnough: true,
  config: { file: "/c.toml", isThere: true, error: null },
  home: "/state",
  open: [],
  proxies: [],
  marks: [],
  inside: null,
  worktrees: { tasks: [], bytes: 0, folder: "/state/worktrees" },
  hub: { status: null, error: null, ownVersion: "1.0.0", goneScript: null, leftovers: [] },
};
const HUB = {
  running: true,
  pid: 7,
  version: "1.0.0",
  started_at: null,
  socket: null,
  http_url: null,
  token_file: null,
  running_tasks: 0,
  queued_tasks: 0,
  sessions: 0,
};

/** What is not in order, as `level code fix`. */
function complaints(findings: ReturnType<typeof findingsOfAgent>): readonly string[] {
  for (const finding of findings) findingSchema.parse(finding);
  return findings
    .filter(({ level }) => level !== "ok")
    .map(({ level, code, fix }) => [level, code, fix].filter((part) => part !== null).join(" "));
}

const ofCodex = (facts: Partial<AgentFacts>) => complaints(findingsOfAgent({ ...CODEX, ...facts }));
const ofRegistration = (registration: Partial<Registration>) =>
  ofCodex({ registration: { ...REGISTERED, ...registration } });
const ofMachine = (facts: Partial<MachineFacts>) => complaints(findingsOfMachine({ ...MACHINE, ...facts }));
const ofHub = (hub: Partial<MachineFacts["hub"]>) => ofMachine({ hub: { ...MACHINE.hub, ...hub } });

describe("the findings about an agent", () => {
  it("are none to mend when all is well", () => {
    expect(ofCodex({})).toEqual([]);
    expect(findingsOfAgent(CODEX).map(({ code }) => code)).toEqual([
      "codex_found",
      "codex_login",
      "codex_opens",
      "codex_sandbox",
      "codex_registered",
    ]);
  });

  it("call a missing one a failure only when it was named", () => {
    const install = "codex_missing npm install -g @openai/codex";
    expect(ofCodex({ program: null })).toEqual([`warn ${install}`]);
    expect(ofCodex({ program: null, isNamed: true })).toEqual([`fail ${install}`]);
  });

  it("of one that is too old are that alone, with the command that updates it", () => {
    const findings = findingsOfAgent({ ...CODEX, version: "0.98.0", says: null, registration: null });
    expect(complaints(findings)).toEqual(["fail codex_too_old npm install -g @openai/codex@latest"]);
    expect(findings[0]?.message).toContain("structuredContent.threadId");
    expect(findings.some((finding) => isUnusable(finding, ["codex"]))).toBe(true);
    expect(findings.some((finding) => isUnusable(finding, ["claude"]))).toBe(false);
  });

  it("take the driver's word that a program is too old, whatever its number", () => {
    const error = taskError("agent_unavailable", "Codex at /x is too old: it has no usable app-server.");
    expect(ofCodex({ opening: { ms: 1, error } })).toEqual([
      "fail codex_too_old npm install -g @openai/codex@latest",
    ]);
  });

  it("tell a missing login once, with the command that logs in", () => {
    const error = taskError("agent_auth", "Codex is not logged in.");
    const says = { ...SAYS, login: { isLoggedIn: false, account: null, billedTo: "unknown" } as const };
    expect(ofCodex({ says, opening: { ms: 1, error } })).toEqual(["fail codex_not_logged_in codex login"]);
    expect(ofCodex({ says })).toEqual(["fail codex_not_logged_in codex login"]);
  });

  it("tell who pays, and warn where a key does although there is a login", () => {
    const says = { ...SAYS, login: { isLoggedIn: true, account: "KEY", billedTo: "api_key" } as const };
    expect(ofCodex({ says, auth: "api_key" })).toEqual(["warn codex_key_before_login"]);
    expect(ofCodex({ says, hasLogin: false })).toEqual([]);
    const withheld = findingsOfAgent({ ...CODEX, withheld: ["OPENAI_API_KEY"] });
    expect(withheld.find(({ code }) => code === "codex_key_withheld")?.message).toContain("OPENAI_API_KEY");
  });

  it.for([
    [null, ["warn codex_not_registered baton setup codex"]],
    [{ isEnabled: false }, ["warn codex_registration_off baton setup codex"]],
    [
      { connection: { works: false, why: "no such file" } },
      ["fail codex_registration_broken baton setup codex"],
    ],
    [{ connection: { works: true, ms: 1_500 } }, ["warn codex_start_slow"]],
    [{ toolTimeoutSeconds: 240 }, ["warn codex_timeout_short baton setup codex"]],
    [{ toolTimeoutSeconds: 241 }, ["warn codex_timeout_odd baton setup codex"]],
    [{ toolTimeoutSeconds: 245 }, []],
    [{ toolTimeoutSeconds: null }, []],
    [{ isTimeoutInteger: true }, ["warn codex_timeout_integer baton setup codex"]],
    [{ isApproved: false }, ["warn codex_tools_unapproved baton setup codex"]],
    [{ missingVariables: ["BATON_HOME"] }, ["warn codex_variables_missing baton setup codex"]],
  ] as const)("judge a registration: %j", ([registration, expected]) => {
    expect(registration === null ? ofCodex({ registration }) : ofRegistration(registration)).toEqual(
      expected,
    );
  });

  it("judge what Gemini CLI gives Baton", () => {
    const gemini = { ...CODEX, agent: "gemini", title: "Gemini CLI", version: "0.61.0", sandbox: null };
    const of = (changes: Partial<Registration> | null) =>
      complaints(
        findingsOfAgent({ ...gemini, registration: changes === null ? null : { ...REGISTERED, ...changes } }),
      );
    expect(of(null)).toEqual(["warn gemini_not_registered baton setup gemini"]);
    expect(of({ isApproved: false, missingVariables: ["OPENAI_API_KEY"] })).toEqual([
      "warn gemini_tools_untrusted baton setup gemini",
      "warn gemini_variables_missing",
    ]);
    expect(of({ toolTimeoutSeconds: 500 })).toEqual(["warn gemini_timeout_short baton setup gemini"]);
  });

  it("judge the limits of Claude Code", () => {
    const claude = { ...CODEX, agent: "claude", title: "Claude Code", version: "2.1.330", sandbox: null };
    const of = (facts: Partial<AgentFacts>) => complaints(findingsOfAgent({ ...claude, ...facts }));
    expect(of({ toolTimeoutMs: 30_000 })).toEqual([
      "warn claude_mcp_tool_timeout_short unset MCP_TOOL_TIMEOUT",
    ]);
    expect(of({ registration: { ...REGISTERED, toolTimeoutSeconds: 300 } })).toEqual([
      "warn claude_timeout_short baton setup claude",
    ]);
    expect(of({ registration: { ...REGISTERED, isApproved: null } })).toEqual([]);
  });

  it("tell that a sandbox does not work", () => {
    expect(ofCodex({ sandbox: { works: false, why: "bwrap: no" } })).toEqual(["warn codex_sandbox_broken"]);
  });
});

describe("the findings about the machine", () => {
  it("are none to mend when all is well", () => {
    expect(ofMachine({})).toEqual([]);
    expect(ofHub({ status: HUB })).toEqual([]);
  });

  it("tell what is wrong, with what mends it", () => {
    const error = taskError("invalid_argument", "the config is not usable");
    expect(ofMachine({ isNodeEnough: false })).toEqual(["fail node_too_old"]);
    expect(ofMachine({ config: { ...MACHINE.config, error } })).toEqual(["fail config_invalid"]);
    expect(ofMachine({ open: [{ file: "/state/token", mode: "0644" }] })).toEqual([
      "fail home_open baton doctor --fix",
    ]);
    expect(ofMachine({ proxies: ["HTTP_PROXY"] })).toEqual([
      "warn proxy_takes_loopback export NO_PROXY=127.0.0.1,localhost,::1",
    ]);
    expect(ofMachine({ inside: "claude", marks: ["CLAUDECODE"] })).toEqual([
      "warn inside_agent unset CLAUDECODE",
    ]);
    const worktrees = { tasks: ["t_1", "t_2"], bytes: 1_500_000, folder: "/state/worktrees" };
    const kept = findingsOfMachine({ ...MACHINE, worktrees }).find(({ level }) => level === "warn");
    expect(kept).toMatchObject({
      code: "worktrees_kept",
      fix: expect.stringContaining("baton apply t_1") as string,
    });
    expect(kept?.message).toContain("(2 MB in /state/worktrees): that of t_1, t_2.");
    expect(ofHub({ leftovers: [12] })).toEqual(["warn leftover_processes baton doctor --fix"]);
  });

  it("tell a stale hub; only an idle one is ended by --fix", () => {
    expect(ofHub({ status: { ...HUB, version: "0.9.0" } })).toEqual([
      "warn hub_other_version baton doctor --fix",
    ]);
    expect(ofHub({ status: { ...HUB, running_tasks: 1 }, goneScript: "/gone/main.js" })).toEqual([
      "warn hub_program_gone baton hub stop",
    ]);
  });
});

describe("what the probes read", () => {
  it("is Claude Code's own words about a server", () => {
    const working =
      "baton:\n  Scope: User config\n  Status: ✔ Connected\n  Type: stdio\n  Timeout: 600000ms\n";
    expect(claudeRegistrationIn("baton", working)).toMatchObject({
      connection: { works: true },
      toolTimeoutSeconds: 600,
      isEnabled: true,
    });
    const broken =
      'baton:\n  Status: ✘ Failed to connect\n  Issue: ENOENT: Executable not found in $PATH: "baton"\n';
    expect(claudeRegistrationIn("baton", broken).connection).toEqual({
      works: false,
      why: 'ENOENT: Executable not found in $PATH: "baton"',
    });
  });

  it("finds Baton under other names in Claude Code's list", () => {
    const list =
      "Checking MCP server health…\n\nother: node x.js - ✔ Connected\nbridge: /opt/bin/baton mcp - ✔ Connected\n";
    expect(nameInList(list)).toBe("bridge");
    expect(nameInList("plugin:baton:baton: npx -y baton-bridge mcp - ✔ Connected")).toBe(
      "plugin:baton:baton",
    );
    expect(nameInList("other: node x.js - ✔ Connected")).toBeNull();
  });

  it("takes a proxy for harmless when loopback is excepted", () => {
    expect(proxiesIn({ HTTP_PROXY: "http://p:1" })).toEqual(["HTTP_PROXY"]);
    expect(proxiesIn({ HTTP_PROXY: "http://p:1", NO_PROXY: "example.com, 127.0.0.1" })).toEqual([]);
    expect(proxiesIn({ HTTPS_PROXY: "http://p:1" })).toEqual([]);
  });
});
