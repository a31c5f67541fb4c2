import { useEffect, useRef, useState } from "react";
import { Field } from "./basics";
import { useSettled } from "./settled";

const PAUSE = 300;

/** A filter that one writes: it is told where one pauses, not at each letter, and follows the address when that changes
 * by other means. */
export function SearchField({ label, value, onSettle }: { label: string; value: string; onSettle: (value: string) => void }) {
  const [typed, type] = useState(value);
  const settled = useSettled(typed, PAUSE);
  const told = useRef(value);
  const tell = useRef(onSettle);
  useEffect(() => {
    tell.current = onSettle; // what else was filtered meanwhile stays filtered
  });
  useEffect(() => {
    if (settled === told.current) return;
    told.current = settled;
    tell.current(settled);
  }, [settled]);
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    type(value);
  }, [value]);
  return <Field label={label}>{(id) => <input id={id} type="search" maxLength={80} value={typed} onChange={(e) => type(e.target.value)} />}</Field>;
}
