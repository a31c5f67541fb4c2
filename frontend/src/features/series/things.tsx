import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button, Field } from "../../ui/basics";
import { Choice } from "../../ui/choice";

/** One of the things that each date of a series takes. */
export interface Thing {
  id: string;
  quantity: number;
}
type Named = { id: string; name: string };
const MOST = 8;

interface Props {
  things: readonly Thing[];
  among: readonly Named[];
  /** Only one may take another's place: none comes besides, none goes. */
  fixed?: boolean;
  onChange: (things: Thing[]) => void;
}

/** What each date of a series takes, all of it or nothing: a choice each, and one more to add the next. */
export function Things({ things, among, fixed = false, onChange }: Props) {
  const { t } = useTranslation();
  const next = useRef<HTMLSelectElement>(null);
  const others = (besides?: string) => among.filter((one) => one.id === besides || !things.some((thing) => thing.id === one.id));
  const several = things.length > 1;
  return (
    <>
      {things.map((thing, at) => (
        <div className="thing" key={at}>
          <Choice
            label={several ? t("together.what", { n: at + 1 }) : t("series.what")}
            value={thing.id}
            among={others(thing.id)}
            onChange={(id) => onChange(things.map((one, n) => (n === at ? { ...one, id } : one)))}
          />
          {several && !fixed ? (
            <Button
              aria-label={t("together.remove", { what: among.find((one) => one.id === thing.id)?.name ?? "" })}
              onClick={() => {
                next.current?.focus();
                onChange(things.filter((_, n) => n !== at));
              }}
            >
              ✕
            </Button>
          ) : null}
        </div>
      ))}
      {fixed || others().length === 0 || things.length >= MOST ? null : (
        <Field label={t("series.with")}>
          {(id) => (
            <select id={id} ref={next} value="" onChange={(e) => e.target.value && onChange([...things, { id: e.target.value, quantity: 1 }])}>
              <option value="">{t("series.nothingElse")}</option>
              {others().map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
    </>
  );
}
