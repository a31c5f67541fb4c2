import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client } from "../../api/client";
import { money } from "../../kernel/money";
import { Button, Failure, Field } from "../../ui/basics";

/** What may go with a held booking, and how many of each do; nothing where the venue offers nothing. */
export function Extras({ booking, onChanged }: { booking: string; onChanged: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const params = { params: { path: { booking_id: booking } } };
  const query = api.useQuery("get", "/api/v1/bookings/{booking_id}/extras", params);
  const choose = useMutation({
    mutationFn: (extras: { extra_id: string; quantity: number }[]) => client.PUT("/api/v1/bookings/{booking_id}/extras", { ...params, body: { extras } }),
    onSettled: async () => {
      await cache.invalidateQueries({ queryKey: ["get", "/api/v1/bookings/{booking_id}/extras"] });
      onChanged();
    },
  });
  const rows = query.data?.data ?? [];
  if (rows.length === 0) return query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : null;
  const put = (id: string, quantity: number) => choose.mutate(rows.map((row) => ({ extra_id: row.id, quantity: row.id === id ? quantity : row.chosen })));
  return (
    <fieldset>
      <legend>{t("wares.extras")}</legend>
      {rows.map((row) => {
        const had = row.stock === null ? row.most : Math.min(row.most, row.stock + row.chosen);
        const hint = `${money(row.price)}${row.unit ? ` / ${row.unit}` : ""}${row.stock === null ? "" : ` · ${t("wares.left", { left: row.stock })}`}`;
        return (
          <Field key={`${row.id} ${row.chosen}`} label={row.name} hint={hint}>
            {(id, described) => <input id={id} type="number" min={0} max={had} defaultValue={row.chosen} disabled={choose.isPending || had === 0} aria-describedby={described} onChange={(e) => e.target.validity.valid && put(row.id, Number(e.target.value))} />}
          </Field>
        );
      })}
      {choose.isError ? <Failure error={choose.error} /> : null}
    </fieldset>
  );
}

/** A code that makes it cheaper: typed, used, and said why if it cannot be. */
export function Coupon({ used, busy, error, onUse }: { used: string; busy: boolean; error: unknown; onUse: (code: string) => void }) {
  const { t } = useTranslation();
  const [code, setCode] = useState(used);
  return (
    <form
      className="toolbar"
      onSubmit={(event) => {
        event.preventDefault();
        onUse(code.trim());
      }}
    >
      <Field label={t("wares.code")}>{(id) => <input id={id} value={code} maxLength={24} autoComplete="off" onChange={(e) => setCode(e.target.value)} />}</Field>
      <Button type="submit" busy={busy}>
        {t("wares.use")}
      </Button>
      {error ? <Failure error={error} /> : null}
    </form>
  );
}
