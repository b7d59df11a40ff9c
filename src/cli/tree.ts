import type { Task } from "../contracts/task.ts";
import { shortened, withoutControls } from "../core/text.ts";

type Branch = Pick<Task, "id" | "agent" | "status" | "access" | "title" | "lineage">;

const TITLE_LENGTH = 60;
/** Longest name of a root that is shown: a client chooses it. */
const ROOT_LENGTH = 100;

/**
 * The tree of a lineage, a line for each task, below the root that has asked first; `marked` is pointed at. A task whose
 * parent is not among them stands at the top.
 */
export function treeLines(root: string, tasks: readonly Branch[], marked: string): readonly string[] {
  const ids = new Set(tasks.map(({ id }) => id));
  const childrenOf = (parent: string | null) =>
    tasks.filter(({ lineage }) => (ids.has(lineage.parent ?? "") ? lineage.parent : null) === parent);
  const below = (parent: string | null, indent: string): readonly string[] =>
    childrenOf(parent).flatMap((task, index, all) => {
      const isLast = index === all.length - 1;
      const line = `${indent}${isLast ? "└─" : "├─"} ${describe(task)}${task.id === marked ? "  ◀" : ""}`;
      return [line, ...below(task.id, `${indent}${isLast ? "   " : "│  "}`)];
    });
  return [shortened(root, ROOT_LENGTH), ...below(null, "")];
}

function describe({ id, agent, status, access, title }: Branch): string {
  return withoutControls(`${agent}  ${id}  ${status}  ${access}  ${shortened(title, TITLE_LENGTH)}`);
}
