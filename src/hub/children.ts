/** The agents' processes that live, by their number and start mark. */
export function createChildren() {
  const births = new Map<number, string>();
  return {
    started: (pid: number, birth: string) => void births.set(pid, birth),
    ended: (pid: number, birth: string) => {
      if (births.get(pid) === birth) births.delete(pid);
    },
    isAlive: (pid: number, birth: string) => births.get(pid) === birth,
  };
}
export type Children = ReturnType<typeof createChildren>;
