import path from "node:path";
import type { Step } from "../../testkit/model/script.ts";

/** A step in which an agent writes a file with a tool of its own. */
export function writing(agent: string, workspace: string, file: string, text: string): Step {
  if (agent === "claude") {
    return { call: { name: "Write", input: { file_path: path.resolve(workspace, file), content: text } } };
  }
  if (agent === "gemini") {
    return {
      call: { name: "write_file", input: { file_path: path.resolve(workspace, file), content: text } },
    };
  }
  const lines = text.replace(/\n$/, "").split("\n");
  const patch = [
    "*** Begin Patch",
    `*** Add File: ${file}`,
    ...lines.map((line) => `+${line}`),
    "*** End Patch",
  ];
  return { call: { name: "apply_patch", input: `${patch.join("\n")}\n` } };
}

/** A report with the usual sections. */
export function report(changes: readonly string[], deviations = "None."): string {
  const listed = changes.length === 0 ? "None." : changes.map((file) => `- \`${file}\`: changed`).join("\n");
  return `# Result\n\n## Summary\n\nThe lighthouse is blue.\n\n## Changes\n\n${listed}\n\n## Deviations\n\n${deviations}\n`;
}
