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
  /** How many of each is said too: where dates have more than one of something. */
  counted?: boolean;
  onChange: (things: Thing[]) => void;
}

/** What each date of a series takes, all of it or nothing: a choice each, and one more to add the next. */
export function Things({ things, among, fixed = false, counted = false, onChange }: Props) {
  const { t } = useTranslation();
  const next = useRef<HTMLSelectElement>(null);
  const others = (besides?: string) => among.filter((one) => one.id === besides || !things.some((thing) => thing.id === one.id));
  const several = things.length > 1;
  const put = (at: number, change: Partial<Thing>) => onChange(things.map((one, n) => (n === at ? { ...one, ...change } : one)));
  return (
    <>
      {things.map((thing, at) => (
        <div className="thing" key={at}>
          <Choice
            label={several ? t("together.what", { n: at + 1 }) : t("series.what")}
            value={thing.id}
            among={others(thing.id)}
            onChange={(id) => put(at, { id })}
          />
          {counted ? (
            <Field label={several ? t("series.howMany", { n: at + 1 }) : t("search.filter.quantity")}>
              {(id) => <input id={id} type="number" required min={1} inputMode="numeric" value={thing.quantity || ""} onChange={(e) => put(at, { quantity: Number(e.target.value) || 0 })} />}
            </Field>
          ) : null}
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
