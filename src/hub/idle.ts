/** Calls `onIdle` when nothing has been going on for a time. */
export function createIdleTimer(limitMs: () => number, onIdle: () => void) {
  let open = 0;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  const arm = () => {
    clearTimeout(timer);
    if (open === 0 && !isStopped) timer = setTimeout(onIdle, limitMs());
  };
  arm();
  return {
    begin(): void {
      open += 1;
      arm();
    },
    end(): void {
      open -= 1;
      arm();
    },
    stop(): void {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
