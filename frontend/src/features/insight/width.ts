import { useCallback, useState } from "react";

const FIRST = 720;

/** How wide a drawing is shown, in pixels: drawn in units of the same size, its words are as large in half a page as in a whole one. */
export function useWidth(): [number, (svg: SVGSVGElement) => () => void] {
  const [width, measured] = useState(FIRST);
  const ref = useCallback((svg: SVGSVGElement) => {
    const watch = new ResizeObserver(([seen]) => measured(Math.round(seen?.contentRect.width ?? 0) || FIRST));
    watch.observe(svg);
    return () => watch.disconnect();
  }, []);
  return [width, ref];
}
