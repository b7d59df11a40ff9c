import { BatonError } from "../../contracts/error.ts";
import type { Task } from "../../contracts/task.ts";
import { withoutControls } from "../../core/text.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit.ts";
import { print, printTaskJson } from "../output.ts";

interface ArtifactOptions {
  readonly offset: number;
  readonly json?: true;
}

/** `baton show --artifact`: what a task has written, as it was then. */
export async function showArtifact(
  { client }: Pick<CommandContext, "client">,
  id: string,
  { offset, json }: ArtifactOptions,
): Promise<number> {
  if (json === true) {
    const task = await client.call("task.get", { task: id, artifact_offset: offset });
    printTaskJson(task, { artifact: offset });
    return EXIT.ok;
  }
  const { content } = await client.call("task.artifact", { task: id });
  if (content === null) {
    throw new BatonError("invalid_argument", `the task ${id} has written no artifact that is a text`, {
      hint: "`baton show` says what came of it; `baton delegate --writes FILE` asks for one.",
    });
  }
  printFrom(content, offset);
  return EXIT.ok;
}

/** A text from a code point on. */
export function printFrom(text: string, offset: number): void {
  print(withoutControls(Array.from(text).slice(offset).join("")));
}

/** What is said of an artifact in the table of a task. */
export function artifactRows(artifact: Task["artifact"]): readonly (readonly [string, string | null])[] {
  if (artifact === null) return [];
  return [
    ["wrote", `${artifact.path} (sha256 ${artifact.sha256})`],
    ["deviations", artifact.deviations],
  ];
}
