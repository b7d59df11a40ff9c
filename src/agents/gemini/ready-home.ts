import type { Environment } from "../driver.ts";
import { homeFor, ofPerson, prepareHome, type GeminiHome } from "./home.ts";
import { loginOf, type Login } from "./login.ts";
import { childSettings, readUserSettings, type UserSettings } from "./settings.ts";

/** Baton's home for Gemini CLI as it has to be now, and what of the person's has gone into it. */
export interface ReadyHome {
  readonly home: GeminiHome;
  readonly env: Environment;
  readonly user: UserSettings;
  readonly login: Login;
}

/** @throws BatonError `agent_auth` */
export async function readyHome(stateDir: string, given: Environment): Promise<ReadyHome> {
  const env = await ofPerson(stateDir, given);
  const home = homeFor(stateDir, env);
  const user = await readUserSettings(home.persons);
  const login = await loginOf(user, env, home.persons);
  await prepareHome(home, env, { user, settings: childSettings(user, login.selectedType) });
  return { home, env, user, login };
}
