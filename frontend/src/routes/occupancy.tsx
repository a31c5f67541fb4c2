import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { Loading } from "../ui/basics";

/** The address that hours had before the page of figures, which people may have kept: it leads there with what it said. */
export default function Occupancy() {
  const asked = useSearch({ strict: false }) as { measure?: string };
  const go = useNavigate();
  useEffect(() => {
    void go({ to: "/insight", search: { ...asked, measure: asked.measure?.replace("_minutes", "") } as never, replace: true });
  }, [asked, go]);
  return <Loading />;
}
