import path from "node:path";
import { describe, expect, it } from "vitest";

import { claudeArgv, type ArgvRequest } from "../../src/agents/claude/argv.ts";
import { childSettings, type ChildSettings } from "../../src/agents/claude/child-settings.ts";
import {
  childEnvironment,
  claudeEnvironment,
  variablesOfHelpers,
  type ChildEnvironmentRequest,
} from "../../src/agents/claude/environment.ts";
import { overridesFor } from "../../src/process/git/overrides.ts";
import { NO_PROJECT_CONFIG, projectConfigIn } from "../../src/agents/claude/project-config.ts";
import { anchored } from "../../src/agents/claude/rules.ts";
import { settingsSchema } from "../../src/agents/claude/settings-files.ts";
import type { Access } from "../../src/contracts/task.ts";
import type { Environment } from "../../src/agents/driver.ts";
import { isNamed } from "../../src/process/environment.ts";

const EVERYTHING = {
  apiKeyHelper: "vault read key",
  model: "opus",
  cleanupPeriodDays: 9999,
  hooks: { Stop: [] },
  statusLine: { type: "command", command: "x" },
  enabledPlugins: { "a@b": true },
  sandbox: { enabled: true, autoAllowBashIfSandboxed: true },
  enableAllProjectMcpServers: true,
  env: { PATH: "/evil" },
  otelHeadersHelper: "x",
  permissions: {
    allow: ["Bash", "mcp__mine__look"],
    deny: ["Read(/private/**)", 7],
    ask: ["Bash(git push:*)"],
    defaultMode: "bypassPermissions",
    additionalDirectories: ["/"],
  },
};

function settingsFor(access: "read" | "write", mcpServers: boolean): ChildSettings {
  const project = settingsSchema.parse({ ...EVERYTHING, apiKeyHelper: "evil", model: "evil" });
  const settings = { user: settingsSchema.parse(EVERYTHING), project: [project], projectMcpServers: {} };
  return childSettings({
    settings,
    configFolder: "/home/me/.claude",
    cwd: "/home/me/work",
    access,
    privateFolders: ["/home/me/state"],
    mcpServers,
    projectConfig: NO_PROJECT_CONFIG,
    ownTools: false,
  });
}

describe("the settings of a child", () => {
  it("are the user's login, preferences and prohibitions, and nothing that opens a door", () => {
    expect(settingsFor("read", false)).toEqual({
      apiKeyHelper: "vault read key",
      model: "opus",
      cleanupPeriodDays: 9999,
      disableAllHooks: true,
      disableSkillShellExecution: true,
      crossSessionInbound: "refuse",
      disableClaudeAiConnectors: true,
      permissions: {
        allow: [],
        deny: [
          "Read(//home/me/state)",
          "Read(//home/me/state/**)",
          "Edit(//home/me/state)",
          "Edit(//home/me/state/**)",
          "Read(//home/me/.claude/private/**)",
          "Read(//home/me/work/private/**)",
        ],
        ask: ["Bash(git push:*)", "Bash(git push:*)"],
        disableBypassPermissionsMode: "disable",
      },
    });
  });

  it("allow tools of the user's own MCP servers where these run and it may write", () => {
    const allowed = (settings: Record<string, unknown>) =>
      (settings["permissions"] as { allow: readonly string[] }).allow;
    expect(allowed(settingsFor("write", true))).toEqual(["mcp__mine__look"]);
    expect(allowed(settingsFor("read", true))).toEqual([]);
    expect(allowed(settingsFor("write", false))).toEqual([]);
  });

  it("are read from whatever a settings file holds", () => {
    for (const odd of [{}, { permissions: "none" }, { permissions: { deny: "x" } }, { env: [] }]) {
      expect(settingsSchema.parse(odd)).toMatchObject({ env: {}, permissions: { deny: [] } });
    }
  });
});

describe("a rule that is moved to another file", () => {
  it("keeps its folder where it is anchored to one, and its words elsewhere", () => {
    const rules = [
      "Read(/a/**)",
      "Edit(//abs/b)",
      "Read(./c)",
      "Read(d)",
      "Read(~/e)",
      "Bash(cat /f)",
      "Read",
    ];
    expect(anchored(rules, "/home/me")).toEqual(["Read(//home/me/a/**)", ...rules.slice(1)]);
  });

  it("keeps nothing of a folder that is the root", () => {
    expect(anchored(["Read(/a)"], path.sep)).toEqual(["Read(//a)"]);
  });
});

describe("the command line of a child", () => {
  const request: ArgvRequest = {
    executable: "/bin/claude",
    access: "read",
    approvals: "decline",
    cwd: "/home/me/work",
    conversation: { id: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", isNew: true },
    model: null,
    effort: null,
    settingsFile: "/state/settings.json",
    mcpConfigFile: null,
  };

  it("names what may be done, and no file of user or project", () => {
    expect(claudeArgv(request)).toEqual(
      expect.arrayContaining([
        "--permission-mode=default",
        "--permission-prompts=none",
        "--tools=Read,Bash",
        "--restricted",
        "--setting-sources=",
        "--strict-mcp-config",
        "--session-id=1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
      ]),
    );
  });

  it("has somebody decide only where somebody is asked or everything is allowed", () => {
    const argvFor = (access: Access, approvals: "ask" | "decline") =>
      claudeArgv({ ...request, access, approvals });
    for (const argv of [argvFor("read", "ask"), argvFor("read", "decline"), argvFor("write", "decline")]) {
      expect(argv).toEqual(expect.arrayContaining(["--permission-prompts=none", "--restricted"]));
      expect(argv.join()).not.toMatch(/stdio|AskUserQuestion/);
    }
    for (const argv of [argvFor("write", "ask"), argvFor("full", "ask"), argvFor("full", "decline")]) {
      expect(argv).toContain("--permission-prompt-tool=stdio");
      expect(argv.join()).not.toMatch(/dangerous|bypass/);
    }
    expect(argvFor("full", "decline").join()).not.toContain("AskUserQuestion");
  });

  it("gives a value no chance to be a flag", () => {
    const argv = claudeArgv({ ...request, model: "--help", effort: "low", access: "write" });
    expect(argv).toEqual(
      expect.arrayContaining(["--model=--help", "--effort=low", "--permission-mode=acceptEdits"]),
    );
    expect(argv).not.toContain("--help");
  });
});

describe("what holds of a repository's own configuration", () => {
  const file = (settings: object) => settingsSchema.parse(settings);
  const settings = {
    user: file({ disabledMcpjsonServers: ["unwanted"] }),
    project: [
      file({ hooks: { Stop: ["one"], Start: ["two"] }, permissions: { allow: ["Read(/docs/**)"] } }),
      file({ hooks: { Stop: ["three"], Broken: 7 } }),
    ],
    projectMcpServers: { unwanted: {}, baton: {}, wanted: { command: "x" } },
  };

  it("is its hooks together, its allow-rules as they are meant, and the servers that nobody has disabled", () => {
    expect(projectConfigIn(settings, { access: "write", cwd: "/work" })).toEqual({
      hooks: { Stop: ["one", "three"], Start: ["two"], Broken: [] },
      allow: ["Read(//work/docs/**)"],
      mcpServers: { wanted: { command: "x" } },
    });
  });

  it("is nothing under read access", () => {
    expect(projectConfigIn(settings, { access: "read", cwd: "/work" })).toEqual(NO_PROJECT_CONFIG);
  });
});

function environmentOf(
  passedOn: Environment,
  changes: Partial<ChildEnvironmentRequest> = {},
): Readonly<Record<string, string>> {
  const userSettings = settingsSchema.parse({});
  return childEnvironment({ passedOn, userSettings, git: {}, depth: 1, toolsUrl: null, ...changes });
}

describe("the environment of a child", () => {
  it("lets Baton's own tools be reached past a proxy, beside what the user has excepted", () => {
    const toolsUrl = "http://127.0.0.1:4711/mcp";
    for (const [excepted, value] of [
      [{}, "127.0.0.1:4711"],
      [{ NO_PROXY: "a.example" }, "a.example,127.0.0.1:4711"],
      [{ NO_PROXY: "a.example", no_proxy: "b.example" }, "b.example,127.0.0.1:4711"],
      [{ NO_PROXY: "a.example", no_proxy: "" }, "a.example,127.0.0.1:4711"],
    ] as const) {
      expect(environmentOf(excepted, { toolsUrl })).toMatchObject({ no_proxy: value, NO_PROXY: value });
    }
    expect(environmentOf({})).not.toHaveProperty("NO_PROXY");
  });

  it("drops the marks of an enclosing Claude Code and the choice of the program", () => {
    const enclosing = {
      CLAUDECODE: "1",
      CLAUDE_CODE_SESSION_ID: "x",
      CLAUDE_CODE_ENTRYPOINT: "cli",
      CLAUDE_CODE_MESSAGING_TOKEN: "x",
      CLAUDE_CODE_CHILD_SESSION: "1",
      CLAUDE_CODE_LAUNCHED_BY_SESSION_IDS: "x",
      CLAUDE_PROJECT_DIR: "/x",
      CLAUDE_PLUGIN_ROOT: "/x",
      BATON_CLAUDE_BIN: "/x",
    };
    const env = environmentOf({ ...enclosing, HOME: "/home/me" });
    expect(Object.keys(enclosing).filter((name) => name in env)).toEqual([]);
    expect(Object.keys(enclosing).filter((name) => isNamed(name, claudeEnvironment.own))).toEqual([]);
    expect(env).toMatchObject({ HOME: "/home/me", CLAUDE_CODE_MAX_RETRIES: "2" });
  });

  it("takes from the user's settings what a login needs, and nothing else", () => {
    const user = settingsSchema.parse({
      env: {
        ANTHROPIC_BASE_URL: "https://gateway",
        CLAUDE_CODE_USE_BEDROCK: 1,
        PATH: "/evil",
        BASH_ENV: "/evil",
      },
    });
    const env = environmentOf({ PATH: "/bin", ANTHROPIC_BASE_URL: "https://other" }, { userSettings: user });
    expect(env).toMatchObject({
      PATH: "/bin",
      ANTHROPIC_BASE_URL: "https://gateway",
      CLAUDE_CODE_USE_BEDROCK: "1",
    });
    expect(env).not.toHaveProperty("BASH_ENV");
  });

  it("has the variables that the login commands name", () => {
    const settings = settingsSchema.parse({
      apiKeyHelper: 'get "$A" ${B_2}',
      awsAuthRefresh: "x $C",
      statusLine: "$D",
    });
    expect(variablesOfHelpers(settings)).toEqual(["A", "B_2", "C"]);
  });

  it("keeps git from starting what a repository names", () => {
    const names = [
      "core.editor",
      "diff.x.textconv",
      "filter.lfs.clean",
      "filter.lfs.required",
      "diff.external",
    ];
    expect(overridesFor(names)).toEqual([
      ["diff.x.textconv", "cat"],
      ["filter.lfs.clean", ""],
      ["filter.lfs.required", "false"],
      ["diff.external", ""],
    ]);
  });
});
