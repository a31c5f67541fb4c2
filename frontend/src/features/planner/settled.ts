import { useEffect, useState } from "react";

const PAUSE = 180;

/** What is asked about, a moment after it has come to rest: a stroke asks the server once where it pauses. */
export function useSettled<T>(asked: T): T {
  const [settled, settle] = useState(asked);
  const key = JSON.stringify(asked);
  useEffect(() => {
    const timer = window.setTimeout(() => settle(JSON.parse(key) as T), PAUSE);
    return () => window.clearTimeout(timer);
  }, [key]);
  return settled;
}
