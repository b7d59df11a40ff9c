import type { Logger } from "pino";
import { cancelTask } from "./cancel.ts";
import { loggable } from "./log-file.ts";
import type { HubState } from "./state.ts";

/** Ends what runs. Goes on with the rest where a part fails: children must not outlive the hub. */
export async function shutDown(hub: HubState, logger: Logger): Promise<void> {
  const steps = [() => cancelAll(hub), () => hub.conversations.closeAll(), () => hub.drivers.close()];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      logger.error({ error: loggable(error) }, "a part of the hub did not close");
    }
  }
}

async function cancelAll(hub: HubState): Promise<void> {
  for (const { id } of hub.store.tasks.unfinished()) cancelTask(hub, id);
  await hub.dispatcher.empty();
}
