import { Field } from "./basics";

interface Props {
  label: string;
  value: string | undefined;
  among: readonly { id: string; name: string }[] | undefined;
  /** What choosing none of them is called, where one may. */
  none?: string;
  error?: string | undefined;
  /** What it is called where a fault leads to it: `/fund/kind`. */
  place?: string;
  onChange: (id: string) => void;
}

/** A labelled choice among things that have a name. */
export function Choice({ label, value, among = [], none, error, place, onChange }: Props) {
  return (
    <Field label={label} error={error}>
      {(id, described) => (
        <select id={id} value={value} aria-describedby={described} data-place={place} onChange={(e) => onChange(e.target.value)}>
          {none === undefined ? null : <option value="">{none}</option>}
          {among.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface Words<T extends string> {
  label: string;
  value: T;
  all: readonly T[];
  /** Each in the reader's language. */
  say: (one: T) => string;
  disabled?: boolean | undefined;
  onChange: (value: T) => void;
}

/** A labelled choice among words of ours: states, ways, months. */
export function OneOf<T extends string>({ label, value, all, say, disabled, onChange }: Words<T>) {
  return (
    <Field label={label}>
      {(id) => (
        <select id={id} value={value} disabled={disabled} onChange={(e) => onChange(e.target.value as T)}>
          {all.map((one) => (
            <option key={one} value={one}>
              {say(one)}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
