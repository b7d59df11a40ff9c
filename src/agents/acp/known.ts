import type { Environment, EnvironmentNeeds, OpenRequest } from "../driver.ts";
import type { AcpWords } from "./profile.ts";

/** How an agent that is known to us is held to a level by means of its own. */
export interface Hold {
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
  hold(request: OpenRequest): Promise<Hold>;
  resumeArgv(program: string, nativeId: string): readonly string[];
  words(generic: AcpWords): AcpWords;
}
