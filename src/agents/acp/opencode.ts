import { readFile } from "node:fs/promises";
import path from "node:path";

import { z } from "zod";

import type { Access } from "../../contracts/task.ts";
import type { Environment, OpenRequest } from "../driver.ts";
import type { Holding, KnownProgram } from "./known.ts";
import type { AcpWords } from "./profile.ts";

/** The agent of opencode's that Baton adds and puts a session into: its rules come last, so that they hold. */
const OWN_AGENT = "baton";

/** opencode as its version 1.18.33 is. */
export const opencode: KnownProgram = {
  title: "opencode",
  needs: {
    own: [
      "OPENCODE_CONFIG",
      "OPENCODE_CONFIG_DIR",
      "OPENCODE_CONFIG_CONTENT",
      "OPENCODE_API_KEY",
      "OPENCODE_DISABLE_*",
      "OPENCODE_MODELS_*",
      "OPENCODE_DB",
    ],
    keys: [],
    places: ["XDG_DATA_HOME", "OPENCODE_DB"],
    referenced: async (env) => variablesNamedIn(await configTexts(env)),
  },
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
  const { access, approvals, launch, tools } = request;
  const beyond: Action = access !== "read" && approvals === "ask" ? "ask" : "deny";
  const outside = access === "write" ? beyond : "allow";
  const hidden = launch.privateFolders.flatMap((folder) => [
    [folder, "deny"],
    [path.join(folder, "*"), "deny"],
  ]);
  const looking = Object.fromEntries(LOOKING.map((tool): [string, Action] => [tool, "allow"]));
  const permission = {
    "*": RESTS[access] ?? beyond,
    ...looking,
    ...(access === "write" ? { edit: "allow" } : {}),
    ...(tools === null ? {} : { "baton_*": "allow" }),
    external_directory: { "*": outside, ...Object.fromEntries(hidden) },
  };
  const disabled = launch.settings.mcp_servers ? {} : await disabledServers(launch.env);
  const content = {
    ...parsed(launch.env["OPENCODE_CONFIG_CONTENT"] ?? "{}"),
    // A refused step is told to the model in place of ending the turn without an answer.
    experimental: { continue_loop_on_deny: true },
    agent: { [OWN_AGENT]: { mode: "primary", permission } },
    mcp: disabled,
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

/** What becomes of a tool that no rule names; under `write` that is `beyond`. */
const RESTS: Readonly<Partial<Record<Access, Action>>> = { read: "deny", full: "allow" };

function words(generic: AcpWords): AcpWords {
  return {
    ...generic,
    isUnknownSession: (failure) =>
      generic.isUnknownSession(failure) || serviceSchema.safeParse(failure.data).data?.service === "session",
    changesOf: (call) => {
      const written = writtenSchema.safeParse(call.rawOutput).data?.metadata;
      if (written === undefined) return generic.changesOf(call);
      return [{ path: written.filepath, kind: written.exists ? "update" : "add" }];
    },
  };
}

const serviceSchema = z.looseObject({ service: z.string(), errorName: z.undefined() });
/** What its tool `write` answers. */
const writtenSchema = z.looseObject({
  metadata: z.looseObject({ filepath: z.string(), exists: z.boolean() }),
});

/** The user's own servers, and Baton among them: an agent that Baton has started gets that one from Baton alone. */
async function disabledServers(env: Environment): Promise<Readonly<Record<string, unknown>>> {
  const texts = await configTexts(env);
  const names = texts.flatMap((text) => Object.keys(configSchema.safeParse(parsed(text)).data?.mcp ?? {}));
  return Object.fromEntries(names.map((name) => [name, { enabled: false }]));
}

const configSchema = z.looseObject({ mcp: z.record(z.string(), z.unknown()).catch({}) });

async function configTexts(env: Environment): Promise<readonly string[]> {
  const folder = path.join(env["XDG_CONFIG_HOME"] ?? path.join(env["HOME"] ?? "", ".config"), "opencode");
  const folders = [folder, ...(env["OPENCODE_CONFIG_DIR"] === undefined ? [] : [env["OPENCODE_CONFIG_DIR"]])];
  const files = folders.flatMap((one) =>
    ["config.json", "opencode.json", "opencode.jsonc"].map((name) => path.join(one, name)),
  );
  const named = env["OPENCODE_CONFIG"] === undefined ? [] : [env["OPENCODE_CONFIG"]];
  const texts = await Promise.all([...files, ...named].map((file) => readFile(file, "utf8").catch(() => "")));
  return [...texts, env["OPENCODE_CONFIG_CONTENT"] ?? ""].filter((text) => text !== "");
}

/** `{env:NAME}` in its configuration. */
function variablesNamedIn(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => [...text.matchAll(/\{env:([A-Za-z_]\w*)\}/g)].map(([, name]) => name ?? ""));
}

function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
