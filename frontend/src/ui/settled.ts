import { useEffect, useState } from "react";

/** What is asked about, some moments (ms) after it has come to rest: the server is asked once where one pauses. */
export function useSettled<T>(asked: T, pause = 180): T {
  const [settled, settle] = useState(asked);
  const key = JSON.stringify(asked);
  useEffect(() => {
    const timer = window.setTimeout(() => settle(JSON.parse(key) as T), pause);
    return () => window.clearTimeout(timer);
  }, [key, pause]);
  return settled;
}
