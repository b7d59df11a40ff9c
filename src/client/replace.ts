import { BatonError } from "../contracts/error.ts";
import { PROTOCOL, type RpcResult } from "../contracts/rpc.ts";
import type { Wire } from "./wire.ts";

const NAMED = 5;

export interface OtherHub {
  readonly wire: Wire;
  readonly hello: RpcResult<"hello">;
}

/**
 * Asks a hub of an earlier protocol to end, which it does when nothing runs in it.
 * @throws BatonError `hub_unavailable` when something runs there, and for a hub of a later protocol: only the earlier
 * one gives way, or two versions in use would end each other's hubs in turn.
 */
export async function replace({ wire, hello }: OtherHub, version: string): Promise<void> {
  const versions = `the hub that runs is of version ${hello.version}, this command of ${version}`;
  if (hello.protocol > PROTOCOL) {
    throw new BatonError("hub_unavailable", `${versions}, which is too old to talk to it`, {
      hint: "Restart the program that asks, so that it starts the Baton that is installed now. To use this version, run `baton hub stop`, which cancels what runs.",
      retryable: false,
    });
  }
  const { stopped } = await wire.call("hub.stop", { when: "idle" });
  if (stopped) return;
  const { running_tasks, queued_tasks } = await wire.call("hub.status", {});
  const names = await namesOf(wire);
  const named = names.length === 0 ? "" : ` (${names.join(", ")})`;
  throw new BatonError(
    "hub_unavailable",
    `${versions}, and it still works: ${running_tasks} running, ${queued_tasks} waiting${named}`,
    { hint: "Try again when that is done; `baton hub stop` ends it at once and cancels what runs." },
  );
}

/** The tasks of the other hub, where its list is one that we can read. */
async function namesOf(wire: Wire): Promise<readonly string[]> {
  try {
    const { items } = await wire.call("task.list", { limit: NAMED, after: null, unfinished: true });
    return items.map(({ id, agent }) => `${id} of ${agent}`);
  } catch {
    return [];
  }
}
