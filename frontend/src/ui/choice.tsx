import { Field } from "./basics";

interface Props {
  label: string;
  value: string | undefined;
  among: readonly { id: string; name: string }[] | undefined;
  /** What choosing none of them is called, where one may. */
  none?: string;
  error?: string | undefined;
  onChange: (id: string) => void;
}

/** A labelled choice among things that have a name. */
export function Choice({ label, value, among = [], none, error, onChange }: Props) {
  return (
    <Field label={label} error={error}>
      {(id, described) => (
        <select id={id} value={value} aria-describedby={described} onChange={(e) => onChange(e.target.value)}>
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
