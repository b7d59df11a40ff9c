import type { RpcResult } from "../../contracts/rpc.ts";
import type { Standing, FrontEnd } from "../front-end.ts";

/** What was asked last in a thread, by Codex's own id or that of the session; null when Baton does not know it. */
export async function lastOf(
  frontEnd: FrontEnd,
  standing: Standing,
  thread: string,
): Promise<RpcResult<"session.last">["last"]> {
  const caller = frontEnd.observer(standing);
  const { last } = await frontEnd.client.call("session.last", { caller, session: thread, agent: "codex" });
  return last;
}
