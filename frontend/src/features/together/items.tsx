import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { Button, Field } from "../../ui/basics";
import { FeatureBoxes } from "../../ui/features";
import { KINDS } from "../../ui/kinds";

/** One thing of a bundle: a kind, perhaps for so many people and with these features, perhaps one resource of it. */
export interface Item {
  kind: string;
  people?: number | undefined;
  resource?: string | undefined;
  features: readonly string[];
}

export const read = (told: string | undefined): Item[] =>
  (told ? told.split(",") : []).map((word) => {
    const [kind = "", people, resource, features] = word.split("~");
    return { kind, people: Number(people) || undefined, resource: resource || undefined, features: features ? features.split(".") : [] };
  });
const word = ({ kind, people, resource, features }: Item) => [kind, people ?? "", resource ?? "", features.join(".")].join("~").replace(/~{1,2}$/, "");
export const told = (items: readonly Item[]): string | undefined => (items.length > 0 ? items.map(word).join(",") : undefined);

interface Props {
  items: readonly Item[];
  venue?: string | undefined;
  onChange: (items: Item[]) => void;
}

/** The things wanted together, one row each; a row more to add the next. */
export function Items({ items, venue, onChange }: Props) {
  const { t } = useTranslation();
  const change = (at: number, item: Item) => onChange(items.map((one, n) => (n === at ? item : one)));
  return (
    <>
      {items.map((item, at) => (
        <fieldset className="boxes" key={at}>
          <legend>{t("together.what", { n: at + 1 })}</legend>
          <strong>{t(`kind.${item.kind as "laser"}`)}</strong>
          <Field label={t("together.least")}>
            {(id) => <input id={id} type="number" min={1} max={9999} inputMode="numeric" value={item.people ?? ""} onChange={(e) => change(at, { ...item, people: Number(e.target.value) || undefined })} />}
          </Field>
          <Which item={item} venue={venue} onChange={(resource) => change(at, { ...item, resource })} />
          {item.resource ? null : <With item={item} onChange={(features) => change(at, { ...item, features })} />}
          <Button onClick={() => onChange(items.filter((_, n) => n !== at))} aria-label={t("together.remove", { what: t(`kind.${item.kind as "laser"}`) })}>
            ✕
          </Button>
        </fieldset>
      ))}
      {items.length < 8 ? (
        <div className="filters">
          <Field label={t("together.add")}>
            {(id) => (
              <select id={id} value="" onChange={(e) => e.target.value && onChange([...items, { kind: e.target.value, features: [] }])}>
                <option value="">…</option>
                {KINDS.map((kind) => (
                  <option key={kind} value={kind}>
                    {t(`kind.${kind}`)}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </div>
      ) : null}
    </>
  );
}

/** What any of the kind has to have; shut, it says how much is asked. */
function With({ item, onChange }: { item: Item; onChange: (features: string[]) => void }) {
  const { t } = useTranslation();
  const asked = item.features.length;
  return (
    <details className="more" open={asked > 0 || undefined}>
      <summary>{asked > 0 ? t("together.withSome", { count: asked }) : t("together.with")}</summary>
      {(["features", "access"] as const).map((of) => (
        <FeatureBoxes key={of} of={of} chosen={item.features} onChange={onChange} />
      ))}
    </details>
  );
}

function Which({ item, venue, onChange }: { item: Item; venue?: string | undefined; onChange: (resource: string | undefined) => void }) {
  const { t } = useTranslation();
  const found = api.useQuery("get", "/api/v1/resources", { params: { query: { kind: [item.kind as "laser"], ...(venue ? { venue_id: venue } : {}) } } });
  return (
    <Field label={t("together.which")}>
      {(id) => (
        <select id={id} value={item.resource ?? ""} onChange={(e) => onChange(e.target.value || undefined)}>
          <option value="">{t("together.any")}</option>
          {found.data?.data.map((resource) => (
            <option key={resource.id} value={resource.id}>
              {resource.name}
              {venue ? "" : ` · ${resource.venue.name}`}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
