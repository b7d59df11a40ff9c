import path from "node:path";
import type { Artifact, Writes } from "../contracts/artifact.ts";
import { writesSchema } from "../contracts/artifact.ts";
import { BatonError } from "../contracts/error.ts";
import type { StartTask } from "../contracts/rpc.ts";
import { sentenceOf } from "../contracts/sentence.ts";

/** The options by which files are the medium of a task. */
export interface ArtifactOptions {
  readonly reads?: readonly string[];
  readonly writes?: string;
  readonly sections?: string;
}

/** What is to be read, as the shell that names it means it, and what is to be written, in the directory of the task. */
export function artifactTermsOf(
  { cwd }: { readonly cwd: string },
  { reads = [], writes, sections }: ArtifactOptions,
): Pick<StartTask, "reads" | "writes"> {
  return { reads: reads.map((file) => path.resolve(cwd, file)), writes: writesOf(writes, sections) };
}

/** @throws BatonError `invalid_argument` */
function writesOf(file: string | undefined, sections: string | undefined): Writes | null {
  if (file === undefined) {
    if (sections === undefined) return null;
    throw new BatonError("invalid_argument", "--sections goes with --writes", {
      hint: "--writes names the file that is to have these sections.",
    });
  }
  const names = sections?.split(",").map((name) => name.trim());
  const parsed = writesSchema.safeParse({
    path: file,
    sections: names?.filter((name) => name !== "") ?? null,
  });
  if (parsed.success) return parsed.data;
  throw new BatonError("invalid_argument", sentenceOf(parsed.error));
}

/** What a person is told of an artifact beside the answer. */
export function artifactLines(task: string, { path: file, deviations }: Artifact): readonly string[] {
  const reported =
    deviations === null ? [] : [`deviations: ${deviations.replaceAll("\n", "\n            ")}`];
  return [...reported, `wrote  ${file}    (baton show --artifact ${task})`];
}
