import type { AgentEvent } from "../contracts/event.ts";

/** Pieces of text that follow each other within this time are written as one event, in milliseconds. */
const JOIN_MS = 60;

/** Joins streamed pieces of text on their way into the log, so that a long answer is not ten thousand rows. */
export function createEventWriter(write: (events: readonly AgentEvent[]) => void) {
  let pending = "";
  let timer: NodeJS.Timeout | null = null;

  const takePending = (): readonly AgentEvent[] => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (pending === "") return [];
    const text = pending;
    pending = "";
    return [{ type: "message.delta", data: { text } }];
  };
  const flush = () => {
    const events = takePending();
    if (events.length > 0) write(events);
  };

  return {
    add(event: AgentEvent): void {
      if (event.type === "message.delta") {
        pending += event.data.text;
        timer ??= setTimeout(flush, JOIN_MS);
        return;
      }
      write([...takePending(), event]);
    },
    flush,
  };
}
