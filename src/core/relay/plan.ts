import type { Access } from "../../contracts/task.ts";
import type { Writes } from "../../contracts/artifact.ts";
import type { Step } from "../../contracts/relay.ts";

/** One step of a relay, settled. */
export interface RelayStep extends Step {
  /** What it is called in a sentence: a name that comes again has a number. */
  readonly title: string;
  /** The name of its artifact in the folder of the relay. */
  readonly file: string;
  readonly access: Extract<Access, "read" | "write">;
  /** Who writes the artifact: a step that changes nothing gives it as its answer. */
  readonly by: Writes["by"];
  readonly sections: readonly string[] | null;
  /** What the agent is told of its part. */
  readonly part: string;
}

type Role = Pick<RelayStep, "file" | "access" | "by" | "sections" | "part">;

const ROLES: Readonly<Record<string, Role>> = {
  plan: {
    file: "PLAN",
    access: "read",
    by: "answer",
    sections: ["Goal", "Steps", "Checks"],
    part: "You make the plan and change nothing: others carry it out. Look at what is there, decide, and say in which files what is to be done, in which order, and how one sees that it is right.",
  },
  execute: {
    file: "RESULT",
    access: "write",
    by: "agent",
    sections: null,
    part: "You carry it out. Go by what the steps before you have left; where you do other than they say, report it under Deviations.",
  },
  review: {
    file: "REVIEW",
    access: "read",
    by: "answer",
    sections: ["Verdict", "Findings"],
    part: "You review what was done and change nothing. Look at the files themselves, and take no report's word for what is in them: say what is wrong or missing, the gravest first, with file and line, and whether the request is met.",
  },
};

/** The part of a step that is none of the known ones: it may work, and reports as one that carries something out. */
function otherRole(name: string): Role {
  return {
    file: name.toUpperCase(),
    access: "write",
    by: "agent",
    sections: null,
    part: `Your step is called "${name}": do that part of the request and no other. Go by what the steps before you have left; where you do other than they say, report it under Deviations.`,
  };
}

/** What each step of a relay does and leaves. */
export function stepsOf(steps: readonly Step[]): readonly RelayStep[] {
  const times = new Map<string, number>();
  return steps.map((step) => {
    const { file, ...role } = ROLES[step.name] ?? otherRole(step.name);
    const time = (times.get(file) ?? 0) + 1;
    times.set(file, time);
    return {
      ...step,
      ...role,
      title: time === 1 ? step.name : `${step.name} ${time}`,
      file: time === 1 ? `${file}.md` : `${file}-${time}.md`,
    };
  });
}

/** What an agent is asked in a step; which files it reads and leaves is said behind that. */
export function stepPrompt(request: string, steps: readonly RelayStep[], place: number): string {
  const step = steps[place];
  const titles = steps.map(({ title }) => title).join(", ");
  return [
    request,
    "",
    "<relay>",
    `This is step ${place + 1} of ${steps.length} (${step?.title}) of a relay: ${titles}. Each step is done by an agent that sees the request above and the files that the steps before have left, and nothing else.`,
    step?.part ?? "",
    "</relay>",
  ].join("\n");
}

/** What an agent is told that goes on with a step which was broken off. */
export const BROKEN_OFF =
  "This step was begun before and broken off. Look at what is there already, and finish it.";
