import type { TaskEvent } from "../contracts/event.ts";
import { shortened, withoutControls } from "../core/text.ts";
import { styled } from "./output.ts";

const SUMMARY_LENGTH = 100;

/** An event as a line of `logs`; null for pieces of text that come again as a whole. */
export function eventLine(event: TaskEvent): string | null {
  const what = describe(event);
  if (what === null) return null;
  return `${styled("dim", event.at.slice(11, 19))} ${event.type.padEnd(13)} ${what}`;
}

function describe(event: TaskEvent): string | null {
  switch (event.type) {
    case "task.status":
      return event.data.error === null
        ? event.data.status
        : withoutControls(`${event.data.status}: ${event.data.error.code}: ${event.data.error.message}`);
    case "message.delta":
      return null;
    case "message":
    case "reasoning":
      return withoutControls(event.data.text).replaceAll("\n", "\n                       ");
    case "tool.started":
      return shortened(`${event.data.name} ${event.data.summary}`, SUMMARY_LENGTH);
    case "tool.finished":
      return shortened(`${event.data.outcome} ${event.data.summary}`, SUMMARY_LENGTH);
    case "file.changed":
      return withoutControls(`${event.data.kind} ${event.data.path}`);
    case "changes":
      return withoutControls(event.data.items.map(({ kind, path }) => `${kind} ${path}`).join(", "));
    case "usage":
      return `${event.data.input_tokens} in, ${event.data.output_tokens} out`;
    case "request.opened":
      return shortened(`${event.data.kind}: ${event.data.summary}`, SUMMARY_LENGTH);
    case "request.closed":
      return withoutControls(event.data.answer);
    case "warning":
    case "error":
      return withoutControls(event.data.message);
    case "raw":
      return shortened(JSON.stringify(event.data.payload), SUMMARY_LENGTH);
  }
}

/** Writes the text of messages as it streams; whole messages that did not stream are written when they come. */
export function createTextStream(write: (text: string) => void) {
  let streamed = false;
  return (event: TaskEvent): void => {
    if (event.type === "message.delta") {
      streamed = true;
      write(withoutControls(event.data.text));
    } else if (event.type === "message") {
      write(streamed ? "\n" : `${withoutControls(event.data.text)}\n`);
      streamed = false;
    }
  };
}
