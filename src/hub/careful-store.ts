import type { Store } from "../store/store.ts";

/** A store whose writes beside the log report a failure in place of throwing it where nobody could catch it. */
export function carefulStore(store: Store, onFailure: (error: unknown) => void): Store {
  const careful =
    <A extends readonly unknown[]>(write: (...args: A) => void) =>
    (...args: A): undefined => {
      try {
        write(...args);
      } catch (error) {
        onFailure(error);
      }
      return undefined;
    };
  const { sessions, processes, spending, panels, relays, artifacts } = store;
  return {
    ...store,
    sessions: { ...sessions, setNativeId: careful(sessions.setNativeId) },
    spending: { ...spending, setRateLimit: careful(spending.setRateLimit) },
    artifacts: {
      ...artifacts,
      begin: careful(artifacts.begin),
      write: careful(artifacts.write),
    },
    relays: { ...relays, setStep: careful(relays.setStep) },
    panels: { ...panels, seat: careful(panels.seat) },
    processes: { ...processes, add: careful(processes.add), remove: careful(processes.remove) },
  };
}
