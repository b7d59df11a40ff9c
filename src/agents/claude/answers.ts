import type { ControlRequest } from "./wire.ts";

/** The line that answers a request of Claude Code 2.1.330. */
export function response(request_id: string, answer: unknown): unknown {
  return { type: "control_response", response: { subtype: "success", request_id, response: answer } };
}

/** Nobody here can be asked: permissions are denied, dialogs cancelled, all else is not ours to answer. */
export function refusal({ request_id, request }: ControlRequest): unknown {
  switch (request.subtype) {
    case "can_use_tool":
      return response(request_id, { behavior: "deny", message: "Nobody can approve this here." });
    case "elicitation":
      return response(request_id, { action: "cancel" });
    default:
      return {
        type: "control_response",
        response: { subtype: "error", request_id, error: `${request.subtype} is not supported here` },
      };
  }
}
