import type { AgentDescription, Environment, EnvironmentNeeds, OpenRequest } from "../driver.ts";
import type { AcpProfile, AcpWords, ProcessPlan } from "./profile.ts";

/** How an agent that is known to us is held to a level by means of its own. */
export interface Holding {
  /** Over the agent's environment. */
  readonly env: Environment;
  /** The mode that the session is put into; null leaves it in the agent's own. */
  readonly mode: string | null;
}

/** What is known of one program that speaks ACP, beyond what the config says. */
export interface KnownProgram {
  readonly title: string;
  readonly needs: Pick<EnvironmentNeeds, "own" | "keys" | "places" | "referenced">;
  readonly login: string;
  hold(request: OpenRequest): Promise<Holding>;
  /** What holds each level, in words. */
  readonly holds: AgentDescription["access"];
  readonly tells: AcpProfile["tells"];
  readonly starts: ProcessPlan["starts"];
  /** Keeps what a session leaves behind in a folder that is removed. */
  scratch(folder: string): Environment;
  resumeArgv(program: string, nativeId: string): readonly string[];
  words(generic: AcpWords): AcpWords;
}
