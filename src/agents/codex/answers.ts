import type { RpcAnswer, ServerRequest } from "./rpc.ts";

const NOBODY = "Baton runs Codex unattended: nobody is there to answer.";
const DENIED = { decision: { denied: { rejection: NOBODY } } };

/** How each request of the app-server is declined in its own form (Codex 0.169.0). */
const DECLINED: Readonly<Record<string, unknown>> = {
  "item/commandExecution/requestApproval": { decision: "decline" },
  "item/fileChange/requestApproval": { decision: "decline" },
  "item/permissions/requestApproval": { permissions: {}, scope: "turn" },
  "item/tool/requestUserInput": { answers: {} },
  "item/tool/call": { success: false, contentItems: [{ type: "inputText", text: NOBODY }] },
  "mcpServer/elicitation/request": { action: "decline", content: null, _meta: null },
  applyPatchApproval: DENIED,
  execCommandApproval: DENIED,
};

/**
 * The answer to whatever the app-server asks: no. With approval policy `never` nothing should come,
 * but Codex waits without limit for a client that stays silent.
 */
export function declined({ method }: ServerRequest): RpcAnswer {
  if (Object.hasOwn(DECLINED, method)) return { result: DECLINED[method] };
  if (method === "currentTime/read") return { result: { currentTimeAt: Math.floor(Date.now() / 1000) } };
  return { error: { code: -32_601, message: `Baton does not serve ${method}.` } };
}
