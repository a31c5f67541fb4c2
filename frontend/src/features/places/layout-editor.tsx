import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { Button, Dialog, Failure, Field, Loading } from "../../ui/basics";

type Wanted = Schemas["WantedLayoutRequest"];
const MOST_PARTS = 12;

/** What a resource is made of, and how that changes while it is booked: divided, joined again, a pool of another size. */
export function LayoutEditor({ resource }: { resource: string }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const path = { resource_id: resource };
  const query = api.useQuery("get", "/api/v1/resources/{resource_id}/layout", { params: { path } });
  const change = useMutation({
    mutationFn: (wanted: Wanted) => client.POST("/api/v1/resources/{resource_id}/layout", { params: { path, header: keyed() }, body: wanted }),
    onSuccess: () => cache.invalidateQueries(),
  });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const it = query.data;
  const run = (wanted: Wanted) => change.mutate(wanted);
  return (
    <section aria-labelledby="layout" className="panel">
      <h2 id="layout">{it.name}</h2>
      <p>{t(`layout.is.${it.made_of}`, { count: it.size })}</p>
      {it.parts.length > 0 ? (
        <ul>
          {it.parts.map((part) => (
            <li key={part.id}>{part.name}</li>
          ))}
        </ul>
      ) : it.made_of === "pool" ? (
        <details className="more">
          <summary>{t("layout.units")}</summary>
          <ul>
            {it.units.map((name) => (
              <li key={name}>{name}</li>
            ))}
          </ul>
        </details>
      ) : null}
      {it.made_of === "whole" ? <Divide name={it.name} busy={change.isPending} onDivide={(divide) => run({ divide })} /> : null}
      {it.made_of === "parts" && it.parts.length > 0 ? <Join parts={it.parts.map((part) => part.name)} busy={change.isPending} onJoin={() => run({ join: true })} /> : null}
      {it.made_of === "pool" ? <Size key={it.size} size={it.size} busy={change.isPending} onSize={(size) => run({ size })} /> : null}
      {change.isError ? <Failure error={change.error} /> : null}
      {change.isSuccess ? (
        <p className="note" role="status">
          {t("layout.done")}
        </p>
      ) : null}
    </section>
  );
}

function Divide({ name, busy, onDivide }: { name: string; busy: boolean; onDivide: (names: string[]) => void }) {
  const { t } = useTranslation();
  const [names, setNames] = useState([`${name} A`, `${name} B`]);
  const told = names.map((one) => one.trim());
  const why = told.includes("") ? t("layout.nameAll") : new Set(told).size < told.length ? t("layout.nameApart") : undefined;
  return (
    <form
      className="stack"
      aria-labelledby="divide"
      onSubmit={(event) => {
        event.preventDefault();
        if (!why && !busy) onDivide(told);
      }}
    >
      <h3 id="divide">{t("layout.divide")}</h3>
      <p className="hint">{t("layout.divideWhat")}</p>
      {names.map((one, at) => (
        // oxlint-disable-next-line no-array-index-key -- rows have no name of their own
        <div className="hours-of" key={at}>
          <Field label={t("layout.part", { n: at + 1 })}>{(id) => <input id={id} required maxLength={80} value={one} onChange={(e) => setNames(names.map((other, n) => (n === at ? e.target.value : other)))} />}</Field>
          {names.length > 2 ? <Button onClick={() => setNames(names.filter((_, n) => n !== at))}>{t("manage.remove")}</Button> : null}
        </div>
      ))}
      <div className="deeds">
        {names.length < MOST_PARTS ? <Button onClick={() => setNames([...names, `${name} ${String.fromCharCode(65 + names.length)}`])}>{t("layout.another")}</Button> : null}
        <Button type="submit" tone="main" why={why} busy={busy}>
          {t("layout.divide")}
        </Button>
      </div>
    </form>
  );
}

function Join({ parts, busy, onJoin }: { parts: readonly string[]; busy: boolean; onJoin: () => void }) {
  const { t } = useTranslation();
  const [asking, ask] = useState(false);
  return (
    <>
      <Button onClick={() => ask(true)}>{t("layout.join")}</Button>
      <Dialog title={t("layout.join")} open={asking} onClose={() => ask(false)}>
        <p>{t("layout.joinWhat", { parts: parts.join(", ") })}</p>
        <Button
          tone="danger"
          busy={busy}
          onClick={() => {
            ask(false);
            onJoin();
          }}
        >
          {t("layout.join")}
        </Button>
      </Dialog>
    </>
  );
}

function Size({ size, busy, onSize }: { size: number; busy: boolean; onSize: (size: number) => void }) {
  const { t } = useTranslation();
  const [wanted, want] = useState(size);
  return (
    <form
      className="stack"
      aria-labelledby="size"
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted !== size && !busy) onSize(wanted);
      }}
    >
      <h3 id="size">{t("layout.resize")}</h3>
      <p className="hint">{t("layout.resizeWhat")}</p>
      <div className="toolbar">
        <Field label={t("layout.size")}>{(id) => <input id={id} type="number" min={1} max={500} required inputMode="numeric" value={wanted} onChange={(e) => want(Number(e.target.value))} />}</Field>
        <Button type="submit" tone="main" why={wanted === size ? t("manage.nothingChanged") : undefined} busy={busy}>
          {t("save")}
        </Button>
      </div>
    </form>
  );
}
