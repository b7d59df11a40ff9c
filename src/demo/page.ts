import { styleText } from "node:util";
import type { TaskEvent } from "../contracts/event.ts";
import type { Task } from "../contracts/task.ts";
import { withoutControls } from "../core/text.ts";

const NAME_WIDTH = 7;
const COLOURS: Readonly<Record<string, Parameters<typeof styleText>[0]>> = {
  claude: "yellow",
  codex: "cyan",
};

/** How the demo looks on a terminal. */
export interface Page {
  readonly title: (text: string) => void;
  readonly step: (text: string) => void;
  readonly line: (text: string) => void;
  readonly check: (text: string) => void;
  readonly says: (agent: string, text: string) => void;
  readonly asks: (asker: string, task: Task) => void;
  readonly event: (task: Task, event: TaskEvent) => void;
}

export function createPage(write: (text: string) => void): Page {
  let step = 0;
  const style = (format: Parameters<typeof styleText>[0], text: string) =>
    styleText(format, text, { stream: process.stdout, validateStream: true });
  const line = (text: string) => write(`  ${text}\n`);
  const says = (agent: string, mark: string, text: string) => {
    const name = style(COLOURS[agent] ?? "bold", agent.padEnd(NAME_WIDTH));
    line(`   ${name}${style("dim", mark)} ${text.trim().replaceAll("\n", "\n               ")}`);
  };
  return {
    title: (text) => write(`\n  ${style("bold", text)}\n`),
    step: (text) => {
      step += 1;
      write(`\n  ${style("bold", `${step}  ${text}`)}\n\n`);
    },
    line: (text) => line(style("dim", text)),
    check: (text) => line(`   ${style("green", "✓")} ${text}`),
    says: (agent, text) => says(agent, "◂", withoutControls(text)),
    asks: (asker, task) => says(asker, "▸", `${task.agent}: ${style("bold", `“${task.title}”`)}`),
    event: (task, event) => {
      if (event.type === "tool.started") {
        says(task.agent, "$", style("dim", withoutControls(event.data.summary)));
      }
      if (event.type === "message") says(task.agent, "◂", withoutControls(event.data.text));
    },
  };
}
