import { randomUUID } from "node:crypto";
import { realpath, stat } from "node:fs/promises";

import { BatonError } from "../../contracts/error.ts";
import type { ChildObserver } from "../../process/child.ts";
import type { Conversation, OpenRequest } from "../driver.ts";
import { hiddenPaths } from "../private.ts";
import { refusedEffort } from "./choices.ts";
import { claudeArgv } from "./argv.ts";
import { childSettings } from "./child-settings.ts";
import { startClaude, type ClaudeProcess } from "./claude-process.ts";
import { createConversation, type OnRateLimits } from "./conversation.ts";
import { childEnvironment } from "./environment.ts";
import { findClaude } from "./executable.ts";
import { gitThatOnlyLooks } from "../../process/git-programs.ts";
import { NO_PROJECT_CONFIG, projectConfigIn } from "./project-config.ts";
import { connectOwnTools } from "./own-tools.ts";
import type { PrivateFiles } from "./private-files.ts";
import { configFolderOf, readSettingsInForce, readUserMcpServers } from "./settings-files.ts";
import { watchTranscript } from "./transcript.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const EFFORT = /^[a-z]\w*$/i;

export interface OpenOptions {
  readonly files: PrivateFiles;
  readonly observer: ChildObserver;
  readonly onRateLimits: OnRateLimits;
  /** Called when the process of the conversation is gone and its files are removed. */
  readonly onReleased: () => void;
}

/**
 * Opens one conversation in a process of its own; costs no call of a model.
 * @throws BatonError as `Driver.open` says, and `invalid_argument` for a directory that is not there.
 */
export async function openConversation(
  request: OpenRequest,
  { files, observer, onRateLimits, onReleased }: OpenOptions,
): Promise<Conversation> {
  checkRequest(request);
  const { access, approvals, launch, cwd, model, effort, schema, briefing, tools, depth } = request;
  const nativeId = request.nativeId ?? randomUUID();
  const configFolder = configFolderOf(launch.env);
  const [executable, settings, privateFolders, git] = await Promise.all([
    findClaude(launch),
    readSettingsInForce(launch.env, cwd),
    withoutOwn(launch),
    // Under full access git works as for the user: without its filters and hooks it would commit something else.
    access === "full" ? {} : gitThatOnlyLooks(launch.env, cwd),
    assertDirectory(cwd),
  ]);

  const mcpServers = launch.settings.mcp_servers;
  const ownTools = tools !== null;
  const projectConfig = launch.settings.project_config
    ? projectConfigIn(settings, { access, cwd })
    : NO_PROJECT_CONFIG;
  const forChild = childSettings({
    settings,
    configFolder,
    cwd,
    access,
    privateFolders,
    mcpServers,
    projectConfig,
    ownTools,
  });
  const settingsFile = await files.write(forChild);
  const servers = {
    ...(mcpServers ? await readUserMcpServers(launch.env) : {}),
    ...projectConfig.mcpServers,
  };
  const mcpConfigFile = Object.keys(servers).length > 0 ? await files.write({ mcpServers: servers }) : null;
  const removeFiles = async () => {
    await files.remove(settingsFile);
    if (mcpConfigFile !== null) await files.remove(mcpConfigFile);
  };

  const conversation = { id: nativeId, isNew: request.nativeId === null };
  const argv = claudeArgv({
    executable,
    access,
    approvals,
    cwd,
    conversation,
    model,
    effort,
    settingsFile,
    mcpConfigFile,
  });
  const toolsUrl = tools?.url ?? null;
  const env = childEnvironment({ passedOn: launch.env, userSettings: settings.user, git, depth, toolsUrl });
  const claude = await startClaude({ observer, argv, cwd, env, schema, briefing }).catch(
    async (error: unknown): Promise<ClaudeProcess> => {
      await removeFiles();
      throw error;
    },
  );
  // Claude Code reads its settings file again when that changes: it stays until the process has gone.
  const released = claude.gone.then(async () => {
    await removeFiles();
    onReleased();
  });

  const refusal = refusedEffort(claude.models, request);
  if (refusal !== null) {
    await claude.stop();
    await released;
    throw BatonError.from(refusal);
  }
  // Before the first prompt, which would be answered without them.
  const warning = tools === null ? null : await connectOwnTools(claude, tools);
  const transcript = watchTranscript(configFolder, cwd, nativeId);
  transcript.settled();
  const standing = { access, approvals, hasAskRules: forChild.permissions.ask.length > 0 };
  return createConversation({
    nativeId,
    claude,
    schema,
    standing,
    choices: { model, effort },
    warning,
    transcript,
    onRateLimits,
    released,
  });
}

function checkRequest({ nativeId, effort }: OpenRequest): void {
  // `--resume` also takes titles and paths of transcripts (2.1.330).
  if (nativeId !== null && !UUID.test(nativeId)) {
    throw new BatonError(
      "session_not_found",
      `${JSON.stringify(nativeId)} is no id of a Claude Code conversation.`,
      {
        hint: "Such an id looks like 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed.",
      },
    );
  }
  if (effort !== null && !EFFORT.test(effort)) {
    throw new BatonError("invalid_argument", `${JSON.stringify(effort)} is no effort of Claude Code.`, {
      hint: "`baton agents claude` lists them.",
    });
  }
}

/** A rule against a folder holds for all in it, so that where the work lies in one each of the others is named. */
async function withoutOwn({ privateFolders, ownFolder }: OpenRequest["launch"]): Promise<readonly string[]> {
  if (ownFolder === null) return underAllNames(privateFolders);
  return underAllNames(await hiddenPaths(privateFolders, ownFolder));
}

/** Rules are held against the path that is named and the one that links lead to. */
async function underAllNames(folders: readonly string[]): Promise<readonly string[]> {
  const real = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)));
  return [...new Set([...folders, ...real])];
}

async function assertDirectory(cwd: string): Promise<void> {
  const found = await stat(cwd).catch(() => null);
  if (found?.isDirectory() === true) return;
  throw new BatonError("invalid_argument", `There is no directory ${cwd}.`, {
    hint: "Name one that exists with --cwd, or start a new session.",
  });
}
