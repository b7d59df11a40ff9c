import path from "node:path";

import { z } from "zod";

import type { Access } from "../../contracts/task.ts";
import { parseJsonc } from "../../core/jsonc.ts";
import type { Launch, OpenRequest } from "../driver.ts";
import { isBatonServer } from "../own-server.ts";
import type { Holding, KnownProgram } from "./known.ts";
import { instructionsAbove } from "./opencode-instructions.ts";
import { configTexts, opencodeNeeds } from "./opencode-environment.ts";
import type { AcpWords } from "./profile.ts";

/** The agent of opencode's that Baton adds and puts a session into: its rules come last, so that they hold. */
const OWN_AGENT = "baton";

/** opencode as its version 1.18.33 is. */
export const opencode: KnownProgram = {
  title: "opencode",
  needs: opencodeNeeds,
  login: "Run `opencode auth login`, or check the key of the provider that its configuration names.",
  hold,
  holds: {
    read: {
      by: "checks",
      means: "opencode's own rules: it has no tool that changes anything or runs commands.",
    },
    write: {
      by: "checks",
      means:
        "opencode's own rules: it changes files in the directory; commands and all else are asked about.",
    },
    full: { by: "nothing", means: "opencode asks about nothing." },
  },
  tells: { usage: true, cost: true },
  // Two that make their database at the same time fail over each other.
  starts: "one_by_one",
  scratch: (folder) => ({ OPENCODE_DB: path.join(folder, "opencode.db") }),
  resumeArgv: (program, nativeId) => [program, "--session", nativeId],
  words,
};

type Action = "allow" | "ask" | "deny";

/** What looks and changes nothing. Its commands and its web tools are not among it. */
const LOOKING = ["read", "grep", "glob", "list", "lsp", "todowrite", "todoread"] as const;

/**
 * Its own rules hold a level: a tool that is denied is not even offered to the model. Its sandbox is none, so that under
 * `write` every command is asked about. The user's own rules for its agents do not reach into an agent of ours.
 */
async function hold(request: OpenRequest): Promise<Holding> {
  const { access, approvals, cwd, launch, tools } = request;
  const beyond: Action = access !== "read" && approvals === "ask" ? "ask" : "deny";
  const outside: Action = access === "write" ? "ask" : "allow";
  const hidden = launch.privateFolders.flatMap((folder) => [
    [folder, "deny"],
    [path.join(folder, "*"), "deny"],
  ]);
  const looking = Object.fromEntries(LOOKING.map((tool): [string, Action] => [tool, "allow"]));
  const permission = {
    "*": RESTS[access] ?? beyond,
    ...looking,
    // Asked about, so that Baton looks where the path leads behind links.
    ...(access === "write" ? { edit: "ask" } : {}),
    ...(tools === null ? {} : { "baton_*": "allow" }),
    external_directory: { "*": outside, ...Object.fromEntries(hidden) },
  };
  const own = contentSchema.parse(parsed(launch.env["OPENCODE_CONFIG_CONTENT"] ?? "{}"));
  const content = {
    ...own,
    // A refused step is told to the model in place of ending the turn without an answer.
    experimental: { ...own.experimental, continue_loop_on_deny: true },
    agent: { ...own.agent, [OWN_AGENT]: { mode: "primary", permission } },
    mcp: { ...own.mcp, ...(await disabledServers(launch)) },
    // Without the project's configuration it would pass over the project's words, too.
    ...(launch.settings.project_config
      ? {}
      : { instructions: [...own.instructions, ...(await instructionsAbove(cwd))] }),
  };
  return {
    mode: OWN_AGENT,
    env: {
      OPENCODE_CONFIG_CONTENT: JSON.stringify(content),
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      ...(launch.settings.project_config ? {} : { OPENCODE_DISABLE_PROJECT_CONFIG: "1" }),
    },
  };
}

const tableSchema = z.record(z.string(), z.unknown()).catch({});
/** What the user says in OPENCODE_CONFIG_CONTENT stays, but for what Baton says itself. */
const contentSchema = z.looseObject({
  experimental: tableSchema,
  agent: tableSchema,
  mcp: tableSchema,
  instructions: z.array(z.string()).catch([]),
});

/** What becomes of a tool that no rule names; under `write` that is `beyond`. */
const RESTS: Readonly<Partial<Record<Access, Action>>> = { read: "deny", full: "allow" };

function words(generic: AcpWords): AcpWords {
  return {
    ...generic,
    isUnknownSession: (failure) =>
      generic.isUnknownSession(failure) || serviceSchema.safeParse(failure.data).success,
    changesOf: (call) => {
      const written = writtenSchema.safeParse(call.rawOutput).data?.metadata;
      if (written === undefined) return generic.changesOf(call);
      return [{ path: written.filepath, kind: written.exists ? "update" : "add" }];
    },
  };
}

/** How it says that it has no such session; an error of the model has a name besides. */
const serviceSchema = z.strictObject({ service: z.literal("session") });
/** What its tool `write` answers. */
const writtenSchema = z.looseObject({
  metadata: z.looseObject({ filepath: z.string(), exists: z.boolean() }),
});

/** The user's own servers, unless they are wanted; never Baton, which a conversation gets from the hub alone. */
async function disabledServers({ env, settings }: Launch): Promise<Readonly<Record<string, unknown>>> {
  const servers = (await configTexts(env)).flatMap((text) => Object.entries(configIn(text).mcp));
  const unwanted = servers.filter(([name, server]) => !settings.mcp_servers || isBaton(name, server));
  return Object.fromEntries(unwanted.map(([name]) => [name, { enabled: false }]));
}

const configSchema = z.looseObject({ mcp: z.record(z.string(), z.unknown()).catch({}) });
const localSchema = z.looseObject({ command: z.tuple([z.string()], z.string()) });

function isBaton(name: string, server: unknown): boolean {
  const [command, ...args] = localSchema.safeParse(server).data?.command ?? [""];
  return isBatonServer(name, { command, args });
}

function configIn(text: string): z.infer<typeof configSchema> {
  return configSchema.safeParse(parsed(text)).data ?? { mcp: {} };
}

/** What cannot be read is nothing; opencode itself says so. */
function parsed(text: string): object {
  try {
    const { value } = parseJsonc(text, { comments: "allowed", trailingCommas: "allowed" });
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
