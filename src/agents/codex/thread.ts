import path from "node:path";

import { z } from "zod";

import type { Access } from "../../contracts/task.ts";
import type { Conversation, OpenRequest } from "../driver.ts";
import { readConfig } from "./config.ts";
import { createConversation, type ListeningConversation } from "./conversation.ts";
import { isHeld, threadReach, turnReach, type Reach } from "./isolation.ts";
import type { Lease } from "./pool.ts";
import { busy, notFound, openFailure, unrestricted } from "./open-failure.ts";
import { hasCommandRules } from "./rules.ts";
import type { AppServer } from "./server.ts";

/** The request, where it is clear that not everything is allowed. */
export type ThreadRequest = OpenRequest & { readonly access: Exclude<Access, "full"> };

const threadSchema = z.looseObject({
  thread: z.looseObject({ id: z.string() }),
  sandbox: z.looseObject({ type: z.string() }).nullish(),
  activePermissionProfile: z.looseObject({ id: z.string() }).nullish(),
});

/**
 * Starts a thread, or resumes exactly the one that is asked for.
 * @throws BatonError `session_not_found`, `session_busy`, `agent_unavailable`, `agent_crashed`
 */
export async function openThread(lease: Lease, request: ThreadRequest): Promise<Conversation> {
  const { server } = lease;
  const reach = await readReach(server, request);
  let conversation: ListeningConversation | null = null;
  const listen = (id: string) => {
    const stop = server.listen(id, {
      hear: (notification) => conversation?.receive(notification),
      answer: (asked) => conversation?.answer(asked) ?? null,
    });
    if (stop === null) throw busy(id);
    return stop;
  };
  const stopEarly = request.nativeId === null ? null : listen(request.nativeId);
  try {
    const { id, isRestricted } = await startOrResume(server, request, reach);
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
      stopListening: stopEarly ?? listen(id),
    });
    if (!isRestricted) {
      await conversation.close();
      throw unrestricted();
    }
    return conversation;
  } catch (error) {
    stopEarly?.();
    throw openFailure(error, request.nativeId);
  }
}

async function startOrResume(
  server: AppServer,
  { nativeId, cwd, model }: ThreadRequest,
  reach: Reach,
): Promise<{ id: string; isRestricted: boolean }> {
  const common = { cwd, ...(model === null ? {} : { model }), ...threadReach(reach) };
  const { thread, sandbox, activePermissionProfile } =
    nativeId === null
      ? await server.request("thread/start", { ...common, threadSource: "baton" }, threadSchema)
      : await server.request(
          "thread/resume",
          { ...common, threadId: nativeId, excludeTurns: true },
          threadSchema,
        );
  const came = { sandbox: sandbox?.type ?? "", profile: activePermissionProfile?.id ?? null };
  return { id: thread.id, isRestricted: isHeld(reach, came) };
}

function modelParameters({ model, effort }: ThreadRequest): Readonly<Record<string, string>> {
  return { ...(model === null ? {} : { model }), ...(effort === null ? {} : { effort }) };
}

/** Looks at what the user's and the project's configuration would bring into this directory. */
async function readReach(
  server: AppServer,
  { access, approvals, launch: { settings }, cwd }: ThreadRequest,
): Promise<Reach> {
  const { mcpServers, batonServers, folders } = await readConfig(server, cwd);
  const ruled = await hasCommandRules([server.codexHome, ...folders], cwd);
  return {
    access,
    approvals,
    settings,
    disabledServers: settings.mcp_servers ? batonServers : mcpServers,
    guarded: ruled ? path.join(server.codexHome, "auth.json") : null,
  };
}
