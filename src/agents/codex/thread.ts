import path from "node:path";

import { z } from "zod";

import type { Conversation, OpenRequest } from "../driver.ts";
import { readConfig, type EffectiveConfig } from "./config.ts";
import { createConversation, type ListeningConversation } from "./conversation.ts";
import { isHeld, threadReach, turnReach, type Reach } from "./isolation.ts";
import type { Lease } from "../pool.ts";
import { busy, notFound, openFailure, unrestricted } from "./open-failure.ts";
import { changedServers, ownServer } from "./mcp-servers.ts";
import { hiddenPaths } from "../private.ts";
import { hasCommandRules } from "./rules.ts";
import type { AppServer } from "./server.ts";
import { listenToStart } from "./tools-start.ts";

const threadSchema = z.looseObject({
  thread: z.looseObject({ id: z.string() }),
  model: z.string().nullish().catch(null),
  sandbox: z.looseObject({ type: z.string() }).nullish(),
  activePermissionProfile: z.looseObject({ id: z.string() }).nullish(),
});

/**
 * Starts a thread, or resumes exactly the one that is asked for.
 * @throws BatonError `session_not_found`, `session_busy`, `agent_unavailable`, `agent_crashed`
 */
export async function openThread(lease: Lease<AppServer>, request: OpenRequest): Promise<Conversation> {
  const { server } = lease;
  const plan = await planned(server, request);
  const { reach } = plan;
  const tools = plan.tools === null ? null : listenToStart(server, plan.tools);
  let conversation: ListeningConversation | null = null;
  const listen = (id: string) => {
    const stop = server.listen(id, {
      hear: (notification) => {
        tools?.hear(notification);
        conversation?.receive(notification);
      },
      answer: (asked) => conversation?.answer(asked) ?? null,
    });
    if (stop === null) throw busy(id);
    return stop;
  };
  const stopEarly = request.nativeId === null ? null : listen(request.nativeId);
  try {
    const { id, model, isRestricted } = await startOrResume(server, request, plan);
    if (request.nativeId !== null && id !== request.nativeId) {
      await server.request("thread/unsubscribe", { threadId: id }, z.unknown());
      throw notFound(request.nativeId);
    }
    conversation = createConversation({
      id,
      lease,
      turnParameters: {
        ...modelParameters(request),
        cwd: request.cwd,
        ...(request.schema === null ? {} : { outputSchema: request.schema }),
        ...turnReach(reach),
      },
      choices: { model: request.model, effort: request.effort },
      model,
      stopListening: stopEarly ?? listen(id),
    });
    if (!isRestricted) {
      await conversation.close();
      throw unrestricted();
    }
    await tools?.settled(id);
    return conversation;
  } catch (error) {
    stopEarly?.();
    throw openFailure(error, request.nativeId);
  } finally {
    tools?.stopListening();
  }
}

async function startOrResume(
  server: AppServer,
  { nativeId, cwd, model }: OpenRequest,
  { reach, instructions }: Plan,
): Promise<{ id: string; model: string | null; isRestricted: boolean }> {
  const common = {
    cwd,
    ...(model === null ? {} : { model }),
    ...(instructions === null ? {} : { developerInstructions: instructions }),
    ...threadReach(reach),
  };
  const { thread, sandbox, activePermissionProfile, ...opened } =
    nativeId === null
      ? await server.request("thread/start", { ...common, threadSource: "baton" }, threadSchema)
      : await server.request(
          "thread/resume",
          { ...common, threadId: nativeId, excludeTurns: true },
          threadSchema,
        );
  const came = { sandbox: sandbox?.type ?? "", profile: activePermissionProfile?.id ?? null };
  return { id: thread.id, model: model ?? opened.model ?? null, isRestricted: isHeld(reach, came) };
}

function modelParameters({ model, effort }: OpenRequest): Readonly<Record<string, string>> {
  return { ...(model === null ? {} : { model }), ...(effort === null ? {} : { effort }) };
}

/** What a thread is opened with, as it follows from the request and the configurations. */
interface Plan {
  readonly reach: Reach;
  /** The name of Baton's own tools in it; null when it has none. */
  readonly tools: string | null;
  readonly instructions: string | null;
}

/** Looks at what the user's and the project's configuration would bring into this directory. */
async function planned(server: AppServer, request: OpenRequest): Promise<Plan> {
  const { access, approvals, briefing, depth, launch, cwd } = request;
  const { settings, privateFolders, ownFolder } = launch;
  const config = await readConfig(server, cwd);
  const ruled = access === "read" && (await hasCommandRules([server.codexHome, ...config.folders], cwd));
  const hidden = await hiddenPaths(privateFolders, ownFolder ?? cwd);
  // A change to a server that Codex passes over would be taken for half a server.
  const servers = config.mcpServers.filter(({ isTrusted }) => isTrusted || settings.project_config);
  const exported = { BRIDGE_DEPTH: String(depth) };
  const tools = request.tools === null ? null : ownServer(servers, request.tools);
  const own = tools === null ? {} : { [tools.name]: tools.change };
  return {
    tools: tools?.name ?? null,
    instructions: instructionsOf(briefing, config),
    reach: {
      access,
      approvals,
      settings,
      exported,
      hidden: [...hidden, ...(ruled ? [path.join(server.codexHome, "auth.json")] : [])],
      mcpServers: { ...changedServers(servers, settings, exported), ...own },
      trusted: settings.project_config ? config.untrusted : [],
    },
  };
}

/** What is given with a thread replaces what the user tells every thread (Codex 0.169.0), so it says both. */
function instructionsOf(briefing: string | null, { developerInstructions }: EffectiveConfig): string | null {
  if (briefing === null) return null;
  return [developerInstructions, briefing].filter((part) => part !== null && part !== "").join("\n\n");
}
