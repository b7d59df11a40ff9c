/** Who looks, once it is known whose request it is. */
export type Viewer =
  | { readonly kind: "person"; readonly root: string }
  | { readonly kind: "agent"; readonly root: string }
  | { readonly kind: "delegate"; readonly task: string; readonly ancestors: readonly string[] };

/** A task and where it stands. */
export interface Standing {
  readonly id: string;
  readonly root: string;
  /** The ids of the tasks above it. */
  readonly ancestors: readonly string[];
}

/** Whether somebody may know of a task: a person of all, an agent's session of those below it, a delegate of its own line. */
export function maySee(viewer: Viewer, task: Standing): boolean {
  if (viewer.kind === "delegate" && (task.id === viewer.task || viewer.ancestors.includes(task.id)))
    return true;
  return isBelow(viewer, task);
}

/** Whether somebody may steer and cancel a task: nobody does that to what stands above or beside them. */
export function isBelow(viewer: Viewer, task: Standing): boolean {
  switch (viewer.kind) {
    case "person":
      return true;
    case "agent":
      return task.root === viewer.root;
    case "delegate":
      return task.ancestors.includes(viewer.task);
  }
}
